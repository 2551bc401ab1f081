// Routes and sources that change while messages are in flight.
#include <algorithm>
#include <map>
#include <utility>

#include "dataplane/flow/dispatcher.h"

namespace mkb::dataplane {

void Dispatcher::make_routes(std::vector<CompiledRoute> routes,
                             std::vector<std::vector<std::string>> filters_of_routes) {
  std::map<std::string, std::shared_ptr<RouteBooks>> books;
  for (const auto& each : retired_) {
    books[each->compiled.name()] = each->books;
  }
  for (auto& each : routes_) {
    books[each->compiled.name()] = each->books;
    if (each->live != 0) {
      retired_.push_back(std::move(each));
    }
  }
  routes_.clear();
  routes_.reserve(routes.size());
  for (std::size_t i = 0; i < routes.size(); ++i) {
    std::shared_ptr<RouteBooks>& kept = books[routes[i].name()];
    if (!kept) {
      kept = std::make_shared<RouteBooks>();
    }
    const auto& state = routes_.emplace_back(std::make_unique<RouteState>(std::move(routes[i]), kept));
    RouteSnapshot& counts = state->counts();
    counts.name = state->compiled.name();
    counts.filters = std::move(filters_of_routes[i]);
    counts.target = state->compiled.topic().text();
  }
}

void Dispatcher::find_topics() {
  for (const auto& route : routes_) {
    if (route->compiled.has_literal_topic()) {
      route->topic = topic_state(route->compiled.topic().literal(), true);
    }
    if (const auto& name = route->compiled.on_error().dead_letter_topic) {
      route->dead_letter = topic_state(*name, true);
    }
  }
}

void Dispatcher::change_routes(std::vector<CompiledRoute> routes,
                               std::vector<std::vector<std::string>> filters_of_routes) {
  make_routes(std::move(routes), std::move(filters_of_routes));
  find_topics();
}

void Dispatcher::remove_source(const MessageSource& source) {
  sources_.erase(std::remove(sources_.begin(), sources_.end(), &source), sources_.end());
}

template <class Visit>
void Dispatcher::visit_waiting(const Visit& visit) const {
  for (const auto& [name, topic] : topics_) {
    for (const WaitingRecord& each : topic->parked) {
      visit(*each.delivery);
    }
  }
  for (const Delivery* each : blocked_) {
    visit(*each);
  }
}

bool Dispatcher::settled(const MessageSource& source) const {
  if (source.held == 0) {
    return true;
  }
  std::map<const HeldMessage*, std::uint32_t> waiting;
  visit_waiting([&](const Delivery& each) {
    if (each.message->source == &source) {
      ++waiting[each.message];
    }
  });
  const auto stuck = std::count_if(waiting.begin(), waiting.end(),
                                   [](const auto& each) { return each.second == each.first->pending; });
  return static_cast<std::uint64_t>(stuck) == source.held;
}

bool Dispatcher::held_by_old_rules(const MessageSource& source) const {
  if (retired_.empty()) {
    return false;
  }
  bool held = false;
  visit_waiting([&](const Delivery& each) {
    const HeldMessage& message = *each.message;
    held = held || (message.source == &source && message.epoch == source.epoch() && message.ticket.qos == 1 &&
                    std::any_of(retired_.begin(), retired_.end(),
                                [&each](const auto& route) { return route.get() == each.route; }));
  });
  return held;
}

}  // namespace mkb::dataplane
