#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/http.hpp>

namespace bennu::engine {
class gzip_cache;
} // namespace bennu::engine

namespace bennu {

/// The options of `static_files`.
struct static_files_options {
  /// The folder whose files are served. Links that lead out of it are not followed.
  std::filesystem::path root;

  /// The path of the URL under which the files appear.
  std::string prefix = "/";

  /// The value of `Cache-Control`.
  /// `no-cache`: browsers ask every time, so that they notice a new version immediately; a 304 costs little.
  std::string cache_control = "no-cache";

  /// Whether texts (HTML, CSS, scripts, JSON, SVG …) of 1 KiB to 1 MiB are sent compressed to clients that accept gzip.
  /// Each version of a file is compressed once, on the thread that is asked first; HEAD compresses nothing.
  /// On: a script shrinks to a third, and files that everybody may read have no secret that their size could tell.
  bool compression = true;

  /// The memory for compressed files. What would not fit uncompressed beside the current ones is sent as it is.
  /// 8 MiB: the scripts of a large page.
  size_t max_compressed_bytes = size_t{8} << 20;

  /// Headers that are added to every response.
  /// A policy by which a page loads scripts, styles, pictures and data from its own server alone, has no script or
  /// style within its HTML, and is framed by nobody; and links that do not tell where they come from. A page that uses
  /// more says so in a policy of its own.
  std::vector<http_header> headers = {{"Content-Security-Policy",
                                       "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
                                       "frame-ancestors 'none'; object-src 'none'"},
                                      {"Referrer-Policy", "no-referrer"}};
};

/// Serves the files of a folder: GET and HEAD, `index.html` for a folder, ETag and Last-Modified with 304, gzip with
/// `Vary: Accept-Encoding`.
///
/// No path reaches a file outside the folder, because the resolved file must lie below the resolved root.
/// It reads the disk on the calling thread, which suits the small files of a web page.
/// Thread safety: any thread may call it.
class static_files {
public:
  /// @throws std::invalid_argument when `options.root` is not a folder.
  explicit static_files(static_files_options options);

  /// Whether `path` is the prefix or a path below it.
  bool covers(std::string_view path) const noexcept;

  /// @returns 200, 301 for a folder without its final slash, 304, 404, or 405 for other methods than GET and HEAD. The
  /// response to HEAD is that to GET, of the uncompressed file as long as nobody has asked for the compressed one; the
  /// server omits the body.
  http_response serve(const http_request& request) const;

private:
  http_response found(const http_request& request, const std::filesystem::path& file) const;
  http_response plain(unsigned status, std::string body, std::vector<http_header> more = {}) const;

  static_files_options options_;
  std::shared_ptr<engine::gzip_cache> compressed_; ///< copies share it
};

/// The Content-Type of a file, chosen by the extension of its name; `application/octet-stream` for unknown extensions.
std::string_view mime_type(std::string_view file_name);

} // namespace bennu
