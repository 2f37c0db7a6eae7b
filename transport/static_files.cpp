#include <bennu/transport/static_files.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <optional>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport/http/gzip.hpp"

namespace bennu {

using namespace engine;

namespace {

namespace fs = std::filesystem;

std::string http_date(std::time_t when) {
  std::tm parts{};
  ::gmtime_r(&when, &parts);
  std::array<char, 64> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

bool is_inside(const fs::path& root, const fs::path& file) {
  return std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
}

// The regular file `relative` below `root`, or nothing. It checks the resolved path, so that neither dots nor links
// lead out of the folder.
std::optional<fs::path> resolve(const fs::path& root, std::string_view relative) {
  std::error_code error;
  auto file = fs::canonical(root / fs::path{relative}.relative_path(), error);
  if (error)
    return std::nullopt;
  if (fs::is_directory(file, error))
    file = fs::canonical(file / "index.html", error);
  if (error || !fs::is_regular_file(file, error) || !is_inside(root, file))
    return std::nullopt;
  return file;
}

// Changes with the file. The inode tells apart files that a deployment has given the same time.
std::string version_of(const struct stat& x) {
  return std::to_string(x.st_mtim.tv_sec) + "-" + std::to_string(x.st_mtim.tv_nsec) + "-" + std::to_string(x.st_size)
         + "-" + std::to_string(x.st_ino);
}

bool has_version(const std::string& path, const std::string& version) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0 && version_of(state) == version;
}

// A file that is open for reading: the same one also when its name is given to another one meanwhile.
class open_file {
public:
  explicit open_file(const fs::path& x) : fd_(::open(x.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~open_file() {
    if (fd_ >= 0)
      ::close(fd_);
  }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  // Nothing when it is not an open regular file.
  std::optional<struct stat> state() const {
    struct stat result {};
    return fd_ >= 0 && ::fstat(fd_, &result) == 0 && S_ISREG(result.st_mode) ? std::optional{result} : std::nullopt;
  }

  // The first `size` bytes, or as many as there are and can be read.
  std::string first(size_t size) const {
    std::string result(size, '\0');
    size_t done = 0;
    for (ssize_t n = 0; done < size; done += static_cast<size_t>(n)) {
      n = ::pread(fd_, result.data() + done, size - done, static_cast<off_t>(done));
      if (n <= 0)
        break;
    }
    result.resize(done);
    return result;
  }

private:
  int fd_;
};

// The compressed text of a file that is being read; null when it is to be sent as it is. HEAD compresses nothing, since
// its answer has no body. What was written to while it was read is not kept under its old version.
gzip_cache::text compressed(gzip_cache& by, const http_request& request, const std::string& path, const open_file& in,
                            const std::string& version, std::string_view bytes) {
  const auto state = in.state();
  const bool is_same = state && version_of(*state) == version;
  return is_same && request.method != "HEAD" ? by.add(path, version, bytes) : nullptr;
}

// RFC 9110 §13.2.2: If-None-Match decides alone when it is present. It compares weakly (§13.1.2), so that an entity
// tag that a proxy has made weak matches too.
bool is_unchanged(const http_request& request, std::string_view etag, std::string_view modified) {
  auto list = request.header("If-None-Match");
  if (list.empty())
    return request.header("If-Modified-Since") == modified;
  return list == "*" || list.find(etag) != list.npos;
}

// Smaller ones fit into one packet as they are; compressing larger ones would keep the other clients of the thread
// waiting.
constexpr off_t min_compressible = 1 << 10;
constexpr off_t max_compressible = 1 << 20;

bool is_text(std::string_view type) {
  constexpr std::array<std::string_view, 4> others = {"application/json", "application/manifest+json", "image/svg+xml",
                                                      "application/wasm"};
  return type.starts_with("text/") || std::find(others.begin(), others.end(), type) != others.end();
}

// The last segment of a path, escaped for a header and a URL.
std::string encoded_name(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const auto c : path.substr(path.rfind('/') + 1)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool safe = std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
    if (safe)
      result += c;
    else
      ((result += '%') += digits[byte >> 4U]) += digits[byte & 15U];
  }
  return result;
}

} // namespace

std::string_view mime_type(std::string_view name) {
  struct known {
    std::string_view suffix;
    std::string_view type;
  };
  static constexpr known table[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
  };
  for (auto& x : table)
    if (name.ends_with(x.suffix))
      return x.type;
  return "application/octet-stream";
}

static_files::static_files(static_files_options options)
  : options_(std::move(options)),
    compressed_(std::make_shared<gzip_cache>(options_.max_compressed_bytes, has_version)) {
  std::error_code error;
  const auto root = fs::canonical(options_.root, error);
  if (error || !fs::is_directory(root))
    throw std::invalid_argument("static files: \"" + options_.root.string() + "\" is not a folder");
  options_.root = root;
}

bool static_files::covers(std::string_view path) const noexcept {
  const std::string_view prefix{options_.prefix};
  return path.starts_with(prefix)
         && (path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/');
}

http_response static_files::serve(const http_request& request) const {
  if (request.method != "GET" && request.method != "HEAD")
    return plain(405, "Method Not Allowed\n", {{"Allow", "GET, HEAD"}});
  // The operating system would end the name at a NUL.
  if (!covers(request.path) || request.path.find('\0') != std::string::npos)
    return plain(404, "Not Found\n");
  const auto relative = std::string_view{request.path}.substr(options_.prefix.size());
  const auto file = resolve(options_.root, relative);
  if (!file)
    return plain(404, "Not Found\n");
  // Without the final slash the relative links of the page would lead to the parent folder. The location is relative,
  // too, because a path with two slashes at its start would name another host.
  if (file->filename() == "index.html" && !relative.empty() && !relative.ends_with('/')
      && fs::path{relative}.filename() != "index.html")
    return plain(301, "Moved Permanently\n", {{"Location", "./" + encoded_name(relative) + "/"}});
  return found(request, *file);
}

http_response static_files::found(const http_request& request, const fs::path& file) const {
  const open_file in{file};
  const auto state = in.state();
  if (!state)
    return plain(404, "Not Found\n");
  const auto type = mime_type(file.filename().string());
  const bool may_compress =
    options_.compression && is_text(type) && state->st_size >= min_compressible && state->st_size <= max_compressible;
  const bool takes_gzip = may_compress && accepts_gzip(request.header("Accept-Encoding"));
  const auto version = version_of(*state), modified = http_date(state->st_mtim.tv_sec);
  const auto etag = '"' + version + '"', etag_of_gzip = '"' + version + "-gzip\"";
  http_response response{200, options_.headers, {}};
  response.headers.emplace_back("Last-Modified", modified);
  response.headers.emplace_back("Cache-Control", options_.cache_control);
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (may_compress)
    response.headers.emplace_back("Vary", "Accept-Encoding");
  const bool has_gzip = takes_gzip && is_unchanged(request, etag_of_gzip, modified);
  if (has_gzip || is_unchanged(request, etag, modified)) {
    response.headers.emplace_back("ETag", has_gzip ? etag_of_gzip : etag);
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", type);
  auto zipped = takes_gzip ? compressed_->find(file.string(), version) : nullptr;
  if (!zipped)
    response.body = in.first(static_cast<size_t>(state->st_size));
  if (!zipped && takes_gzip)
    zipped = compressed(*compressed_, request, file.string(), in, version, response.body);
  response.headers.emplace_back("ETag", zipped ? etag_of_gzip : etag);
  if (zipped) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = *zipped;
  }
  return response;
}

http_response static_files::plain(unsigned status, std::string body, std::vector<http_header> more) const {
  auto response = http_response::text(status, std::move(body));
  response.headers.insert(response.headers.end(), options_.headers.begin(), options_.headers.end());
  response.headers.insert(response.headers.end(), more.begin(), more.end());
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

} // namespace bennu
