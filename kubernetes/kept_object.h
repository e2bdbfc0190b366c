// How a store keeps an object: whole, or as bytes. A type of which there may be a hundred thousand, few of them looked
// at at a time, says by two functions beside it how it becomes bytes and back:
//   std::string pack_object(const T& object);
//   void unpack_object(std::string_view bytes, T& object);  // throws base::Error for other bytes
// They are found by their argument (ADL), as to_json() and from_json() are.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/cold_file.h"

namespace kubernetes {

template <typename T>
concept Packable = requires(const T& from, T& to, std::string_view bytes) {
  { pack_object(from) } -> std::same_as<std::string>;
  unpack_object(bytes, to);
};

// A value; copies share what is kept and are equal, and nothing else is. An empty one holds no object.
template <typename T>
class KeptObject {
 public:
  KeptObject() = default;
  KeptObject(T object, base::ColdFile* /*cold*/) : object_(std::make_shared<const T>(std::move(object))) {}

  [[nodiscard]] std::shared_ptr<const T> object() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const KeptObject&) const = default;

 private:
  std::shared_ptr<const T> object_;
};

template <Packable T>
class KeptObject<T> {
 public:
  KeptObject() = default;
  // In `cold`, or in memory where that is null.
  KeptObject(const T& object, base::ColdFile* cold) : bytes_(keep(pack_object(object), cold)) {}

  // Made anew by each call.
  [[nodiscard]] std::shared_ptr<const T> object() const {
    if (!bytes_) return nullptr;
    auto object = std::make_shared<T>();
    unpack_object(bytes_->read(), *object);
    return object;
  }
  explicit operator bool() const { return bytes_ != nullptr; }
  bool operator==(const KeptObject&) const = default;

 private:
  static std::shared_ptr<const base::ColdBytes> keep(std::string bytes, base::ColdFile* cold) {
    bytes.shrink_to_fit();
    return cold != nullptr ? cold->keep(std::move(bytes)) : std::make_shared<const base::ColdBytes>(std::move(bytes));
  }

  std::shared_ptr<const base::ColdBytes> bytes_;
};

}  // namespace kubernetes
