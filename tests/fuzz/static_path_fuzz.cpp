// static_files. No path, encoded or decoded, reaches a file outside the folder. The test puts a secret file beside the
// folder and links to it into the folder.

#include <filesystem>
#include <fstream>

#include "tests/fuzz/require.hpp"
#include "transport/http/uri.hpp"
#include <bennu/transport/static_files.hpp>

using namespace bennu;
using namespace bennu::engine;
using bennu::test::require;
namespace fs = std::filesystem;

namespace {

struct site {
  fs::path top;

  site() {
    auto name = (fs::temp_directory_path() / "bennu-fuzz-XXXXXX").string();
    top = ::mkdtemp(name.data());
    fs::create_directories(top / "site/a/b");
    std::ofstream{top / "s"} << "secret";
    std::ofstream{top / "site/index.html"} << "open";
    std::ofstream{top / "site/a/x"} << "open";
    fs::create_symlink("../s", top / "site/l");
    fs::create_directory_symlink("../..", top / "site/a/u");
  }
  ~site() { fs::remove_all(top); }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  static const site here;
  static const static_files files{{.root = here.top / "site"}};
  const std::string text{reinterpret_cast<const char*>(data), size};
  http_request request;
  request.method = "GET";
  for (auto& path : {text, decode_path(text).value_or("/"), decode_path("/" + text).value_or("/")}) {
    request.path = path;
    const auto response = files.serve(request);
    require(response.status == 200 || response.status == 301 || response.status == 404);
    require((response.status == 200) == (response.body == "open"));
    for (auto& [name, value] : response.headers)
      require(value.find_first_of("\r\n") == std::string::npos);
  }
  return 0;
}
