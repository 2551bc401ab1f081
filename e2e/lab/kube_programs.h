#pragma once

#include <string>

namespace mkb::lab {

/// The path of a program that `./mkb test e2e` builds, such as kube-apiserver: in $MKB_KUBE_BIN when that is
/// set, else in $MKB_CACHE/kube-<version>. Throws LabError when it is not there.
std::string kube_program(const std::string& name);

}  // namespace mkb::lab
