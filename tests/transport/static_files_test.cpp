#include <bennu/transport/static_files.hpp>

#include <algorithm>
#include <doctest/doctest.h>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "transport/http/gzip.hpp"

using namespace bennu;
namespace fs = std::filesystem;

namespace {

// A folder `site` with a secret file beside it. Both are removed in the end.
struct site {
  fs::path top;
  fs::path root;

  site() {
    auto name = (fs::temp_directory_path() / "bennu-static-XXXXXX").string();
    top = ::mkdtemp(name.data());
    root = top / "site";
    fs::create_directories(root / "docs");
    fs::create_directories(top / "site-backup");
    write(top / "secret.txt", "secret");
    write(top / "site-backup" / "secret.txt", "secret");
    write(root / "index.html", "home");
    write(root / "app.js", "code");
    write(root / "docs" / "index.html", "docs");
    write(root / "docs" / "a b.txt", "spaces");
  }
  ~site() { fs::remove_all(top); }

  static void write(const fs::path& file, std::string_view text) { std::ofstream{file} << text; }

  http_response get(std::string path, std::vector<http_header> headers = {}, std::string method = "GET") const {
    return static_files{{.root = root}}.serve({method, path, "", "", headers, "", ""});
  }
};

std::string unzipped(std::string_view bytes) {
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  std::string result(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  CHECK(::inflate(&stream, Z_FINISH) == Z_STREAM_END);
  result.resize(stream.total_out);
  ::inflateEnd(&stream);
  return result;
}

std::string header(const http_response& response, std::string_view name) {
  for (auto& [key, value] : response.headers)
    if (key == name)
      return value;
  return {};
}

} // namespace

TEST_CASE("static files: a file is served with its type and its bytes") {
  const site here;
  const auto response = here.get("/app.js");
  CHECK(response.status == 200);
  CHECK(response.body == "code");
  CHECK(header(response, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(here.get("/docs/a b.txt").body == "spaces");
}

TEST_CASE("static files: a folder shows its index.html, after a redirect to the path with a slash") {
  const site here;
  CHECK(here.get("/").body == "home");
  CHECK(here.get("/docs/").body == "docs");
  const auto moved = here.get("/docs");
  CHECK(moved.status == 301);
  CHECK(header(moved, "Location") == "./docs/");
  CHECK(here.get("/docs/index.html").status == 200);
}

TEST_CASE("static files: a missing file is 404") {
  const site here;
  for (auto path : {"/nothing", "/docs/nothing", "/app.js/", "/app.js/x", ""})
    CHECK(here.get(path).status == 404);
}

TEST_CASE("static files: no path leads out of the folder") {
  const site here;
  fs::create_symlink(here.top / "secret.txt", here.root / "link.txt");
  fs::create_directory_symlink(here.top, here.root / "up");
  fs::create_directory_symlink(here.top / "site-backup", here.root / "backup");
  for (std::string path :
       {"/../secret.txt", "/docs/../../secret.txt", "/./../secret.txt", "//../secret.txt", "/../site-backup/secret.txt",
        "/link.txt", "/up/secret.txt", "/backup/secret.txt", "/..", "/../", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/..\\secret.txt", "/docs/..\\..\\secret.txt"}) {
    INFO(path);
    CHECK(here.get(path).status == 404);
  }
  CHECK(here.get((here.top / "secret.txt").string()).status == 404);
}

TEST_CASE("static files: a link that stays within the folder is followed") {
  const site here;
  fs::create_symlink("app.js", here.root / "alias.js");
  CHECK(here.get("/alias.js").body == "code");
}

TEST_CASE("static files: a NUL in the path is refused") {
  const site here;
  CHECK(here.get(std::string("/app.js\0.png", 12)).status == 404);
}

TEST_CASE("static files: only regular files are read") {
  const site here;
  REQUIRE(::mkfifo((here.root / "pipe").c_str(), 0600) == 0);
  CHECK(here.get("/pipe").status == 404);
}

TEST_CASE("static files: other methods are 405 with the allowed ones") {
  const site here;
  for (auto method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const auto response = here.get("/app.js", {}, method);
    CHECK(response.status == 405);
    CHECK(header(response, "Allow") == "GET, HEAD");
  }
  CHECK(here.get("/app.js", {}, "HEAD").status == 200);
}

TEST_CASE("static files: a client that has the current file gets 304 without a body") {
  const site here;
  const auto first = here.get("/app.js");
  for (auto& ask : std::vector<http_header>{{"If-None-Match", header(first, "ETag")},
                                            {"if-none-match", "\"other\", W/" + header(first, "ETag")},
                                            {"If-None-Match", "*"},
                                            {"If-Modified-Since", header(first, "Last-Modified")}}) {
    const auto again = here.get("/app.js", {ask});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(header(again, "ETag") == header(first, "ETag"));
  }
}

TEST_CASE("static files: a changed file is sent again, and If-None-Match takes precedence") {
  const site here;
  const auto first = here.get("/app.js");
  CHECK(
    here.get("/app.js", {{"If-None-Match", "\"other\""}, {"If-Modified-Since", header(first, "Last-Modified")}}).status
    == 200);
  site::write(here.root / "app.js", "longer code");
  const auto second = here.get("/app.js", {{"If-None-Match", header(first, "ETag")}});
  CHECK(second.status == 200);
  CHECK(second.body == "longer code");
}

TEST_CASE("static files: without other headers a page loads from its server alone, and nobody frames it") {
  const site here;
  for (auto path : {"/app.js", "/docs", "/docs/", "/nothing"}) {
    const auto response = here.get(path);
    const auto policy = header(response, "Content-Security-Policy");
    CHECK(policy.find("default-src 'self'") != std::string::npos);
    CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(header(response, "Referrer-Policy") == "no-referrer");
  }
}

TEST_CASE("static files: every response forbids sniffing and has the configured headers") {
  const site here;
  const static_files files{{.root = here.root, .headers = {{"Content-Security-Policy", "default-src 'self'"}}}};
  for (auto path : {"/app.js", "/docs", "/nothing"}) {
    const auto response = files.serve({"GET", path, "", "", {}, "", ""});
    CHECK(header(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header(response, "Content-Security-Policy") == "default-src 'self'");
  }
}

TEST_CASE("static files: a prefix covers itself and the paths below it, but no other name with the same start") {
  const site here;
  const static_files files{{.root = here.root, .prefix = "/assets"}};
  CHECK(files.covers("/assets"));
  CHECK(files.covers("/assets/app.js"));
  CHECK_FALSE(files.covers("/assetsapp.js"));
  CHECK_FALSE(files.covers("/"));
  CHECK(files.serve({"GET", "/assets/app.js", "", "", {}, "", ""}).body == "code");
  CHECK(files.serve({"GET", "/asset", "", "", {}, "", ""}).status == 404);
  CHECK(files.serve({"GET", "/assetsapp.js", "", "", {}, "", ""}).status == 404);
}

TEST_CASE("static files: a root that is not a folder is a clear error") {
  const site here;
  CHECK_THROWS_WITH_AS(static_files({.root = here.root / "app.js"}), doctest::Contains("app.js\" is not a folder"),
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(static_files({.root = here.root / "nothing"}), doctest::Contains("nothing\" is not a folder"),
                       std::invalid_argument);
}

TEST_CASE("mime types: known extensions have their type, unknown ones are application/octet-stream") {
  CHECK(mime_type("a.html") == "text/html; charset=utf-8");
  CHECK(mime_type("a.b.css") == "text/css; charset=utf-8");
  CHECK(mime_type("a.unknown") == "application/octet-stream");
  CHECK(mime_type("html") == "application/octet-stream");
}

TEST_CASE(
  "static files: a text is sent compressed to those who accept gzip, under a tag of its own, and caches are told") {
  const site here;
  std::string script;
  for (int i = 0; i < 300; ++i)
    script += "line " + std::to_string(i) + "\n";
  site::write(here.root / "big.js", script);
  const auto zipped = here.get("/big.js", {{"Accept-Encoding", "br, gzip"}});
  const auto plain = here.get("/big.js");
  CHECK(header(zipped, "Content-Encoding") == "gzip");
  CHECK(zipped.body.size() < script.size() / 2);
  CHECK(unzipped(zipped.body) == script);
  CHECK(plain.body == script);
  CHECK(header(plain, "Content-Encoding") == "");
  CHECK(header(plain, "ETag") != header(zipped, "ETag"));
  for (const auto& x : {zipped, plain})
    CHECK(header(x, "Vary") == "Accept-Encoding");
  const auto again = here.get("/big.js", {{"Accept-Encoding", "gzip"}, {"If-None-Match", header(zipped, "ETag")}});
  CHECK(again.status == 304);
  CHECK(header(again, "Vary") == "Accept-Encoding");
  CHECK(here.get("/big.js", {{"If-None-Match", header(zipped, "ETag")}}).status == 200);
}

TEST_CASE("static files: what would not shrink, is small or very large is sent as it is") {
  const site here;
  site::write(here.root / "picture.png", std::string(5000, 'x'));
  site::write(here.root / "large.txt", std::string((1 << 20) + 1, 'x'));
  for (const auto* path : {"/picture.png", "/large.txt", "/app.js"}) {
    const auto response = here.get(path, {{"Accept-Encoding", "gzip"}});
    CHECK(header(response, "Content-Encoding") == "");
    CHECK(header(response, "Vary") == "");
  }
}

TEST_CASE("static files: a file that changes is compressed anew") {
  const site here;
  const static_files files{{.root = here.root}};
  for (const char letter : {'a', 'b'}) {
    site::write(here.root / "big.txt", std::string(letter == 'a' ? 2000 : 2001, letter));
    const auto response = files.serve({"GET", "/big.txt", "", "", {{"Accept-Encoding", "gzip"}}, "", ""});
    CHECK(unzipped(response.body).front() == letter);
  }
}

TEST_CASE("gzip: the header says whether it is accepted") {
  for (const auto* yes :
       {"gzip", "deflate, GZIP;q=0.5", "*", "br;q=1, gzip ; q=0.001", "identity, *;q=0.1", "gzip;xq=0"})
    CHECK(engine::accepts_gzip(yes));
  for (const auto* no : {"", "br", "gzip;q=0", "gzip; q=0.000, br", "gzip;q=0, *", "*;q=0", "gzip;Q=0",
                         "gzip ; x=1; Q = 0.0", "agzip", "x-gzip"})
    CHECK_FALSE(engine::accepts_gzip(no));
}

TEST_CASE("static files: two files with the same time and size are two versions") {
  const site here;
  const static_files files{{.root = here.root}};
  const auto get = [&] { return files.serve({"GET", "/big.txt", "", "", {{"Accept-Encoding", "gzip"}}, "", ""}); };
  site::write(here.root / "big.txt", std::string(2000, 'a'));
  site::write(here.root / "next.txt", std::string(2000, 'b'));
  fs::last_write_time(here.root / "next.txt", fs::last_write_time(here.root / "big.txt"));
  const auto before = get();
  CHECK(unzipped(before.body).front() == 'a');
  fs::rename(here.root / "next.txt", here.root / "big.txt");
  const auto after = get();
  CHECK(unzipped(after.body).front() == 'b');
  CHECK(header(after, "ETag") != header(before, "ETag"));
}

TEST_CASE("static files: HEAD compresses nothing, and tells of the compressed file once there is one") {
  const site here;
  const static_files files{{.root = here.root}};
  const auto ask = [&](const char* method) {
    return files.serve({method, "/big.txt", "", "", {{"Accept-Encoding", "gzip"}}, "", ""});
  };
  site::write(here.root / "big.txt", std::string(2000, 'a'));
  const auto first = ask("HEAD");
  CHECK(header(first, "Content-Encoding") == "");
  CHECK(first.body.size() == 2000); // the server sends its size alone
  CHECK(header(ask("GET"), "Content-Encoding") == "gzip");
  CHECK(header(ask("HEAD"), "ETag") == header(ask("GET"), "ETag"));
}

TEST_CASE("static files: a client that took the uncompressed file keeps it, although it accepts gzip") {
  const site here;
  site::write(here.root / "big.txt", std::string(2000, 'a'));
  const auto etag = header(here.get("/big.txt"), "ETag");
  const auto again = here.get("/big.txt", {{"Accept-Encoding", "gzip"}, {"If-None-Match", etag}});
  CHECK(again.status == 304);
  CHECK(header(again, "ETag") == etag);
}

TEST_CASE("bounds: static_files_options::max_compressed_bytes: once it is full, other files are sent uncompressed, and "
          "those that were compressed stay so") {
  const site here;
  const static_files files{{.root = here.root, .max_compressed_bytes = 2500}};
  const auto coding = [&](const char* path) {
    return header(files.serve({"GET", path, "", "", {{"Accept-Encoding", "gzip"}}, "", ""}), "Content-Encoding");
  };
  for (const auto* name : {"a.txt", "b.txt", "c.txt"})
    site::write(here.root / name, std::string(name == std::string{"c.txt"} ? 2490 : 2000, name[0]));
  for (int i = 0; i < 2; ++i) {
    CHECK(coding("/a.txt") == "gzip");
    CHECK(coding("/b.txt") == "gzip");
    CHECK(coding("/c.txt") == "");
  }
}

namespace {

bool is_always_current(const std::string&, const std::string&) {
  return true;
}

} // namespace

TEST_CASE("gzip_cache: a new version of a file replaces the old one; nothing else makes room") {
  const std::string words(1000, 'x');
  engine::gzip_cache cache{1100, is_always_current};
  CHECK(unzipped(*cache.add("a", "1", words)) == words);
  const auto used = cache.bytes();
  CHECK(used == cache.find("a", "1")->size());
  CHECK_FALSE(cache.add("b", "1", std::string(1090, 'y')));
  CHECK(cache.bytes() == used);
  CHECK(cache.find("a", "1"));
  CHECK(unzipped(*cache.add("a", "2", words)) == words);
  CHECK_FALSE(cache.find("a", "1"));
  CHECK(cache.find("a", "2"));
  CHECK(cache.bytes() == used);
  CHECK_FALSE(engine::gzip_cache(1, is_always_current).add("a", "1", "text"));
}

TEST_CASE("gzip_cache: when it is full, files that are gone make room") {
  const std::string words(1000, 'x');
  std::string gone;
  engine::gzip_cache cache{1100, [&gone](const std::string& path, const std::string&) { return path != gone; }};
  REQUIRE(cache.add("a", "1", words));
  const std::string larger(1050, 'y');
  gone = "a";
  CHECK(cache.add("b", "1", larger));
  CHECK_FALSE(cache.find("a", "1"));
}
