#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/record_template.h"
#include "api/template_text.h"
#include "api/topic_pattern.h"

namespace mkb::api {

/// Whether what one route writes is read by another.
enum class Feeds : std::uint8_t {
  kNever,
  kPossibly,   ///< for some worth of the template's variables
  kCertainly,  ///< for every worth that is not meant to lead elsewhere
};

/// The Kafka topics that a template (api/template_text.h) can make.
class KafkaTopicFeed {
 public:
  /// A text that is no template, or empty, feeds nothing.
  explicit KafkaTopicFeed(std::string_view topic_template);

  [[nodiscard]] Feeds feeds(const TopicPattern& read) const;

 private:
  [[nodiscard]] bool can_be(std::string_view name) const;

  std::vector<TemplateSegment> segments_;
  std::string literal_;  ///< of a template without variables
};

/// The MQTT topics that a record template (api/record_template.h) can make.
class MqttTopicFeed {
 public:
  /// A text that is no template, or empty, feeds nothing.
  explicit MqttTopicFeed(std::string_view topic_template);

  /// `filter` is valid and without `$share`.
  [[nodiscard]] Feeds feeds(std::string_view filter) const;

 private:
  struct Level {
    std::string text;
    bool variable = false;  ///< worth any text
    bool deep = false;      ///< a variable whose worth may hold slashes, and so make several levels
  };

  void add(const RecordSegment& segment);
  [[nodiscard]] bool can_match(std::string_view filter) const;

  std::vector<Level> levels_;
  std::string fresh_;  ///< with a level that no filter names for each that has a variable
  std::string wide_;   ///< with + for each that has a variable
  bool deep_ = false;
  bool dollar_ = false;  ///< every topic begins with $
};

}  // namespace mkb::api
