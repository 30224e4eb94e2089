"""tinyproxy (CONNECT), microsocks (SOCKS5) and nginx between websock-client and the echo server.

foreign_proxies_test.py ECHO CLIENT MAKE_CERTIFICATES
"""

import asyncio
import json
import pathlib
import ssl
import sys
import tempfile
import unittest

import websockets

from foreign_process import PATIENCE, Certificates, Client, ForeignServer
from server_process import ServerProcess

client = certificates = echo = secure_echo = None

BIG = "x" * 2**20


def tinyproxy(folder, *more):
    def command(port):
        configuration = folder / "tinyproxy.conf"
        lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "LogLevel Connect", f'PidFile "{folder}/pid"',
                 "MaxClients 20", "Allow 127.0.0.1", *more]
        configuration.write_text("\n".join(lines) + "\n")
        return ["/usr/bin/tinyproxy", "-d", "-c", configuration]

    return ForeignServer(command)


def microsocks(*options):
    return ForeignServer(lambda port: ["/usr/bin/microsocks", "-i", "127.0.0.1", "-p", port, *options])


class ProxyTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check(self, code, pattern, *arguments, env=None, url=None):
        talker = Client(client.program, "--ca", certificates / "ca.pem", env=env)
        result = talker.execute("hello", *arguments, url or echo.url)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertRegex(result.stderr if code else result.stdout, pattern)
        return result

    def check_everything(self, proxy):
        """Plain and TLS, names and addresses, big messages, both directions at the same time."""
        self.check(0, "^hello\n$", "--proxy", proxy)
        self.check(0, "^hello\n$", "--proxy", proxy, url=echo.url.replace("127.0.0.1", "localhost"))
        self.check(0, "^hello\n$", "--proxy", proxy, url=secure_echo.url)
        for url in (echo.url, secure_echo.url):
            result = client.run("--proxy", proxy, url, stdin=f"{BIG}\n" * 8)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertTrue(result.stdout == f"{BIG}\n" * 8)


class Tinyproxy(ProxyTest):
    def allowed(self):
        return [f"ConnectPort {echo.port}", f"ConnectPort {secure_echo.port}"]

    def test_connect(self):
        with tinyproxy(self.folder, *self.allowed()) as proxy:
            self.check_everything(f"http://127.0.0.1:{proxy.port}")
            self.assertRegex(proxy.output(), rf"CONNECT 127.0.0.1:{echo.port}")

    def test_password(self):
        with tinyproxy(self.folder, *self.allowed(), "BasicAuth alice pass") as proxy:
            self.check_everything(f"http://alice:pass@127.0.0.1:{proxy.port}")
            for userinfo in ("", "alice:Secret7@", "bob:pass@"):
                with self.subTest(userinfo):
                    result = self.check(3, r"(?s)40[17].*proxy", "--proxy", f"http://{userinfo}127.0.0.1:{proxy.port}")
                    self.assertNotRegex(result.stderr, "Secret7|:pass@")

    def test_a_port_that_the_proxy_does_not_allow(self):
        with tinyproxy(self.folder, "ConnectPort 1") as proxy:
            self.check(3, "403", "--proxy", f"http://127.0.0.1:{proxy.port}")

    def test_a_server_that_the_proxy_does_not_reach(self):
        with tinyproxy(self.folder) as proxy:
            self.check(3, r"50\d", "--proxy", f"http://127.0.0.1:{proxy.port}", url="ws://127.0.0.1:1/")

    def test_the_environment(self):
        with tinyproxy(self.folder) as proxy:
            url = f"http://127.0.0.1:{proxy.port}"
            for name, target in (("http_proxy", echo), ("ws_proxy", echo), ("all_proxy", echo), ("ALL_PROXY", secure_echo),
                                 ("https_proxy", secure_echo), ("HTTPS_PROXY", secure_echo), ("wss_proxy", secure_echo)):
                with self.subTest(name):
                    before = proxy.output().count("CONNECT")
                    self.check(0, "^hello\n$", env={name: url}, url=target.url)
                    self.assertGreater(proxy.output().count("CONNECT"), before)
            # Nobody is there: it works only without the proxy.
            nowhere = {"http_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"}
            self.check(3, "127.0.0.1:1", env=nowhere)
            self.check(0, "^hello\n$", "--no-proxy", env=nowhere)
            self.check(0, "^hello\n$", "--proxy", url, env=nowhere)
            for exempt in ("127.0.0.1", "*", "example.com, 127.0.0.1"):
                self.check(0, "^hello\n$", env={**nowhere, "no_proxy": exempt})
            self.check(3, "127.0.0.1:1", env={**nowhere, "no_proxy": "example.com"})

    def test_a_proxy_that_is_not_there_or_no_proxy(self):
        self.check(3, "127.0.0.1:1: Connection refused", "--proxy", "http://127.0.0.1:1")
        self.check(3, "proxy|404|405", "--proxy", f"http://127.0.0.1:{echo.port}")  # a web server
        self.check(2, "URL", "--proxy", "ftp://127.0.0.1:1")


class Microsocks(ProxyTest):
    def test_without_a_password(self):
        with microsocks() as proxy:
            self.check_everything(f"socks5://127.0.0.1:{proxy.port}")
            self.check_everything(f"socks5h://127.0.0.1:{proxy.port}")

    def test_password(self):
        with microsocks("-u", "alice", "-P", "pass") as proxy:
            self.check_everything(f"socks5://alice:pass@127.0.0.1:{proxy.port}")
            for userinfo in ("", "alice:Secret7@"):
                with self.subTest(userinfo):
                    result = self.check(3, "proxy", "--proxy", f"socks5://{userinfo}127.0.0.1:{proxy.port}")
                    self.assertNotIn("Secret7", result.stderr)

    def test_a_server_that_the_proxy_does_not_reach(self):
        with microsocks() as proxy:
            self.check(3, "(?i)proxy.*refused|refused.*proxy", "--proxy", f"socks5://127.0.0.1:{proxy.port}",
                       url="ws://127.0.0.1:1/")

    def test_the_environment(self):
        with microsocks() as proxy:
            self.check(0, "^hello\n$", env={"all_proxy": f"socks5h://127.0.0.1:{proxy.port}"})


class Nginx(ProxyTest):
    """nginx ends TLS in front of the echo server."""

    CONFIGURATION = """
        pid {folder}/pid;
        error_log stderr warn;
        events {{ worker_connections 64; }}
        http {{
          access_log off;
          client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
          uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
          server {{
            listen 127.0.0.1:{port} ssl;
            ssl_certificate {certificates}/chained.pem;
            ssl_certificate_key {certificates}/chained.key;
            location / {{
              proxy_pass http://127.0.0.1:{echo};
              proxy_http_version 1.1;
              proxy_set_header Host $http_host;
              proxy_set_header Upgrade $http_upgrade;
              proxy_set_header Connection "upgrade";
            }}
          }}
        }}
    """

    def setUp(self):
        super().setUp()

        def command(port):
            configuration = self.folder / "nginx.conf"
            configuration.write_text(self.CONFIGURATION.format(
                folder=self.folder, port=port, certificates=certificates.folder, echo=echo.port))
            # One process: workers would outlive a master that is killed.
            alone = "daemon off; master_process off;"
            return ["/usr/sbin/nginx", "-p", self.folder, "-c", configuration, "-e", "stderr", "-g", alone]

        self.nginx = self.enterContext(ForeignServer(command))
        self.url = f"wss://localhost:{self.nginx.port}/ws"

    def test_websock_client(self):
        self.check(0, "^hello\n$", url=self.url)
        result = client.run(self.url, stdin=f"{BIG}\n" * 8 + "/ping\n/close 3000 enough\n")
        self.assertRegex(result.stderr, r"(?s)pong after .*closed with 3000 \(.*\): enough")
        self.assertTrue(result.stdout == f"{BIG}\n" * 8)

    def test_a_refusal_behind_nginx(self):
        self.check(3, "404 Not Found", url=self.url + "/nowhere")

    def test_python_websockets(self):
        context = ssl.create_default_context(cafile=certificates / "ca.pem")

        async def talk():
            async with websockets.connect(self.url, ssl=context, max_size=None) as connection:
                for message in ("hello", BIG, b"\0\xff" * 70000):
                    await connection.send(message)
                    self.assertTrue(await asyncio.wait_for(connection.recv(), PATIENCE) == message)
                await asyncio.wait_for(connection.close(4000, "bye"), PATIENCE)
                self.assertEqual((connection.close_rcvd.code, connection.close_rcvd.reason), (4000, "bye"))

        asyncio.run(talk())


def main():
    global client, certificates, echo, secure_echo
    echo_program, client_program, make_certificates = sys.argv[-3:]
    del sys.argv[-3:]
    with Certificates(make_certificates) as certificates:
        client = Client(client_program, "--ca", certificates / "ca.pem")
        routes = [{"path": "/ws", "handler": "echo", "limits": {"message": "64MiB"}}]
        secure = certificates / "secure.json"
        secure.write_text(json.dumps({
            "listeners": [{"address": "127.0.0.1", "port": 0, "tls": certificates.tls("server")}],
            "threads": 1, "routes": routes}))
        with ServerProcess(echo_program, "--port", "0") as echo, \
                ServerProcess(echo_program, "--config", secure) as secure_echo:
            unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
