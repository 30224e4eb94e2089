// Files over HTTP: what is sent, and what is never sent.
#include "server/static_files.hpp"

#include <sys/stat.h>

#include "server/conditional.hpp"
#include "server/scratch_folder.hpp"
#include "support/catch.hpp"

using namespace websock;
using http::status;

namespace {

http::request get(std::string target, std::initializer_list<http::field> fields = {}) {
  http::request request;
  request.method = "GET";
  request.target = std::move(target);
  request.fields = http::fields{fields};
  return request;
}

// The body as a client sees it, read in small pieces.
std::string body_of(file_response& response) {
  std::string body = response.head.body;
  std::byte piece[7];
  while (const std::size_t count = response.file.read(piece)) body += as_text({piece, count});
  CHECK(body.size() == response.content_length);
  return body;
}

struct site : scratch_folder {
  site() {
    write("www/index.html", "<p>home</p>");
    write("www/css/site.css", "body {}");
    write("www/css/a b.css", "blank");
    write("www/digits", "0123456789");
    write("www/.hidden", "secret");
    write("www/.git/config", "secret");
    write("secret.txt", "secret");
  }
  std::string www() const { return (path() / "www").string(); }
};

}  // namespace

TEST_CASE("a_file_is_sent_with_its_type_and_validators") {
  const site folder;
  const static_files files{folder.www()};
  auto response = files.serve(get("/css/site.css"), "css/site.css");
  CHECK(response.head.status == status::ok);
  CHECK(response.head.fields.find("Content-Type") == "text/css; charset=utf-8");
  CHECK(response.head.fields.find("Accept-Ranges") == "bytes");
  CHECK(response.head.fields.find("Last-Modified")->ends_with(" GMT"));
  CHECK(response.head.fields.find("ETag")->starts_with('"'));
  CHECK(body_of(response) == "body {}");

  auto blank = files.serve(get("/css/a%20b.css"), "css/a%20b.css");
  CHECK(body_of(blank) == "blank");
}

TEST_CASE("a_folder_is_its_index_or_a_redirect") {
  const site folder;
  const static_files files{folder.www()};
  auto home = files.serve(get("/"), "");
  CHECK(body_of(home) == "<p>home</p>");
  CHECK(home.head.fields.find("Content-Type") == "text/html; charset=utf-8");
  const auto redirect = files.serve(get("/css?x=1"), "css");
  CHECK(redirect.head.status == status::permanent_redirect);
  CHECK(redirect.head.fields.find("Location") == "/css/?x=1");
  CHECK(files.serve(get("/css/"), "css/").head.status == status::not_found);
  CHECK(files.serve(get("/digits/"), "digits/").head.status == status::not_found);
}

TEST_CASE("only_get_and_head_are_answered") {
  const site folder;
  const static_files files{folder.www()};
  auto request = get("/digits");
  request.method = "HEAD";
  const auto head = files.serve(request, "digits");
  CHECK(head.head.status == status::ok);
  CHECK(head.content_length == 10);
  request.method = "POST";
  const auto post = files.serve(request, "digits");
  CHECK(post.head.status == status::method_not_allowed);
  CHECK(post.head.fields.find("Allow") == "GET, HEAD");
}

TEST_CASE("static_path_traversal") {
  const site folder;
  std::filesystem::create_symlink(folder.path() / "secret.txt", folder.path() / "www/out.txt");
  std::filesystem::create_symlink("../secret.txt", folder.path() / "www/up.txt");
  std::filesystem::create_directory_symlink("..", folder.path() / "www/parent");
  std::filesystem::create_symlink("css/site.css", folder.path() / "www/inside.css");
  REQUIRE(::mkfifo((folder.path() / "www/fifo").c_str(), 0600) == 0);
  const static_files files{folder.www()};
  for (const std::string path : {"../secret.txt",
                                 "%2e%2e/secret.txt",
                                 ".%2e/secret.txt",
                                 "css/../../secret.txt",
                                 "css/%2e%2e/%2e%2e/secret.txt",
                                 "..%2fsecret.txt",
                                 "%2e%2e%2fsecret.txt",
                                 "..\\secret.txt",
                                 "..%5csecret.txt",
                                 "css\\site.css",
                                 "/etc/passwd",
                                 "%2fetc%2fpasswd",
                                 "//etc/passwd",
                                 "css//site.css",
                                 "out.txt",
                                 "up.txt",
                                 "parent/secret.txt",
                                 ".hidden",
                                 ".git/config",
                                 "%2egit/config",
                                 ".",
                                 "./digits",
                                 "css/./site.css",
                                 "fifo",
                                 "%",
                                 "%zz",
                                 "digits%00",
                                 "digits%00.css",
                                 "c\xC0\xAE\xC0\xAE/secret.txt",
                                 "no/such/file"}) {
    INFO(path);
    auto response = files.serve(get("/" + path), path);
    CHECK(response.head.status == status::not_found);
    CHECK(body_of(response) == "Not Found\n");
  }
  auto inside = files.serve(get("/inside.css"), "inside.css");
  CHECK(body_of(inside) == "body {}");
}

TEST_CASE("a_range_is_sent_alone") {
  const site folder;
  const static_files files{folder.www()};
  struct wanted {
    const char* range;
    status expected;
    const char* body;
    const char* content_range;
  };
  const wanted all[] = {
      {"bytes=0-3", status::partial_content, "0123", "bytes 0-3/10"},
      {"bytes=8-", status::partial_content, "89", "bytes 8-9/10"},
      {"bytes=-3", status::partial_content, "789", "bytes 7-9/10"},
      {"bytes=-30", status::partial_content, "0123456789", "bytes 0-9/10"},
      {"bytes=5-99", status::partial_content, "56789", "bytes 5-9/10"},
      {"bytes=10-", status::range_not_satisfiable, "Range Not Satisfiable\n", "bytes */10"},
      {"bytes=-0", status::range_not_satisfiable, "Range Not Satisfiable\n", "bytes */10"},
      {"bytes=0-1,3-4", status::ok, "0123456789", nullptr},
      {"bytes=5-4", status::ok, "0123456789", nullptr},
      {"bytes=a-4", status::ok, "0123456789", nullptr},
      {"bytes=-", status::ok, "0123456789", nullptr},
      {"bytes=0-18446744073709551616", status::ok, "0123456789", nullptr},
      {"lines=0-1", status::ok, "0123456789", nullptr},
  };
  for (const auto& [range, expected, body, content_range] : all) {
    INFO(range);
    auto response = files.serve(get("/digits", {{"Range", range}}), "digits");
    CHECK(response.head.status == expected);
    CHECK(body_of(response) == body);
    const auto field = response.head.fields.find("Content-Range");
    CHECK(field.has_value() == (content_range != nullptr));
    if (content_range != nullptr && field) CHECK(*field == content_range);
  }
}

TEST_CASE("a_copy_that_is_good_is_not_sent_again") {
  const site folder;
  const static_files files{folder.www()};
  const auto first = files.serve(get("/digits"), "digits");
  const std::string tag{*first.head.fields.find("ETag")};
  const std::string date{*first.head.fields.find("Last-Modified")};
  const auto status_with = [&](std::initializer_list<http::field> fields) {
    return files.serve(get("/digits", fields), "digits").head.status;
  };
  const std::string list = "\"other\", W/" + tag;
  CHECK(status_with({{"If-None-Match", tag}}) == status::not_modified);
  CHECK(status_with({{"If-None-Match", list}}) == status::not_modified);
  CHECK(status_with({{"If-None-Match", "*"}}) == status::not_modified);
  CHECK(status_with({{"If-None-Match", "\"other\""}}) == status::ok);
  CHECK(status_with({{"If-Modified-Since", date}}) == status::not_modified);
  CHECK(status_with({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == status::ok);
  CHECK(status_with({{"If-Modified-Since", "yesterday"}}) == status::ok);
  CHECK(status_with({{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}}) == status::ok);
  CHECK(status_with({{"Range", "bytes=0-1"}, {"If-Range", tag}}) == status::partial_content);
  CHECK(status_with({{"Range", "bytes=0-1"}, {"If-Range", date}}) == status::partial_content);
  CHECK(status_with({{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}) == status::ok);
}

TEST_CASE("a_file_that_changes_gets_another_tag") {
  const site folder;
  const static_files files{folder.www()};
  const auto tag = [&] {
    return std::string{*files.serve(get("/digits"), "digits").head.fields.find("ETag")};
  };
  const std::string before = tag();
  folder.write("www/digits", "01234567890");
  CHECK(tag() != before);
}

TEST_CASE("dates_are_read_in_the_preferred_form_only") {
  CHECK(parse_date("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(parse_date("Thu, 01 Jan 1970 00:00:00 GMT") == 0);
  CHECK_FALSE(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"));
  CHECK_FALSE(parse_date("Sun, 32 Nov 1994 08:49:37 GMT"));
  CHECK_FALSE(parse_date("Sun, 06 Nov 1994 08:49:37 UTC"));
}

TEST_CASE("media_types_are_known_by_extension") {
  CHECK(media_type("a/b.HTML") == "text/html; charset=utf-8");
  CHECK(media_type("app.min.js") == "text/javascript; charset=utf-8");
  CHECK(media_type("module.wasm") == "application/wasm");
  CHECK(media_type("a.b/c") == "application/octet-stream");
  CHECK(media_type("noextension") == "application/octet-stream");
  CHECK(media_type("a.averyveryverylongextension") == "application/octet-stream");
}

TEST_CASE("a_folder_that_is_not_there_is_named") {
  CHECK_THROWS_WITH(static_files{"/no/such/folder"}, Catch::Matchers::Contains("/no/such/folder"));
}
