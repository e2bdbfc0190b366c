// Content digests: SHA-256 as OCI writes it ("sha256:" and 64 lower-case hex digits).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

// A verified or claimed content address. A value; always well-formed.
class Digest {
 public:
  // Accepts "sha256:<64 lower-case hex>" alone; nullopt otherwise (other algorithms are not supported).
  [[nodiscard]] static std::optional<Digest> parse(std::string_view text);
  [[nodiscard]] static Digest of(std::string_view bytes);

  [[nodiscard]] std::string text() const { return "sha256:" + hex_; }
  [[nodiscard]] const std::string& hex() const { return hex_; }

  auto operator<=>(const Digest&) const = default;

 private:
  friend class Sha256;
  explicit Digest(std::string hex) : hex_(std::move(hex)) {}
  std::string hex_;
};

// SHA-256 over a stream. Not thread-safe; finish() once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Lower-case hex of the SHA-256 of `bytes`.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// Whether two secrets are equal, in time that depends on their lengths alone.
[[nodiscard]] bool equal_constant_time(std::string_view left, std::string_view right);

}  // namespace base
