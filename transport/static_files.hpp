#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu {

struct static_files_options {
  /// Folder whose files are served; links that lead out of it are not followed.
  std::filesystem::path root;

  /// Path under which they are found.
  std::string prefix = "/";

  /// How long a client may use a file without asking again. Empty means: ask every time (a 304 costs little, and a new version of
  /// the page is seen at once).
  std::string cache_control = "no-cache";

  /// Added to every response, for a Content-Security-Policy and the like.
  std::vector<http_header> headers = {};
};

/// The files of a folder over HTTP: GET and HEAD, `index.html` for a folder, ETag and Last-Modified with 304.
///
/// Nothing outside of the folder can be reached, whatever the path looks like: the resolved file must lie below the resolved root.
/// Thread safety: any thread. Reads the disk on the calling thread: for the small files of a page.
class static_files {
public:
  /// @throws std::invalid_argument when the root is not a folder.
  explicit static_files(static_files_options options);

  /// True when `path` is the prefix or below it.
  bool covers(std::string_view path) const noexcept;

  /// 200, 301 for a folder without its slash, 304, 404 or, for other methods, 405. HEAD is answered as GET; the
  /// server leaves the body out.
  http_response serve(const http_request& request) const;

private:
  http_response found(const http_request& request, const std::filesystem::path& file) const;
  http_response plain(unsigned status, std::string body, std::vector<http_header> more = {}) const;

  static_files_options options_;
};

/// The Content-Type of a file by its name; `application/octet-stream` when unknown.
std::string_view mime_type(std::string_view file_name);

} // namespace bennu
