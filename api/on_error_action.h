#pragma once

namespace mkb::api {

/// What becomes of what can never be delivered when there is no dead-letter topic, or that refuses it too.
enum class OnErrorAction { kBlock, kDrop };

}  // namespace mkb::api
