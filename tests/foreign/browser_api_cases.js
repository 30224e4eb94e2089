// Cases for any client with the browser's WebSocket API: Chromium's, and that of the package `ws`.
// `websocketCases(WebSocket, echoUrl, closeUrl, closeCodes)` is a map of names to functions, each of which returns
// a promise that fails with what went wrong.
globalThis.websocketCases = (WebSocket, echoUrl, closeUrl, closeCodes) => {
  const sizes = [0, 1, 125, 126, 65535, 65536, 2 ** 20, 16 * 2 ** 20];
  const patience = 60_000;

  const expect = (condition, what) => {
    if (!condition) throw new Error(what);
  };

  const within = (promise, what) => {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Error(`${what}: nothing in ${patience} ms`)), patience);
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  };

  const open = (url) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    return within(new Promise((done, fail) => {
      socket.onopen = () => done(socket);
      socket.onclose = (event) => fail(new Error(`${url} closed with ${event.code} instead of opening`));
    }), `opening ${url}`);
  };

  const closing = (socket) => within(new Promise((done) => { socket.onclose = done; }), 'the closing handshake');

  const receive = (socket, count) => within(new Promise((done, fail) => {
    const messages = [];
    socket.onclose = (event) => fail(new Error(`closed with ${event.code} after ${messages.length} of ${count} messages`));
    socket.onmessage = (event) => {
      if (messages.push(event.data) === count) done(messages);
    };
  }), `${count} messages`);

  const expectCleanClose = (event, code, reason) => {
    expect(event.wasClean, `not a clean close: ${event.code} "${event.reason}"`);
    expect(event.code === code && event.reason === reason, `closed with ${event.code} "${event.reason}"`);
  };

  const echo = async (message) => {
    const socket = await open(echoUrl);
    const received = receive(socket, 1);
    socket.send(message);
    const [answer] = await received;
    const ended = closing(socket);
    socket.close(1000);
    expectCleanClose(await ended, 1000, '');
    return answer;
  };

  const bytes = (size) => {
    const made = new Uint8Array(size);
    for (let index = 0; index < size; ++index) made[index] = index % 251;
    return made;
  };
  const same = (left, right) => left.length === right.length && left.every((byte, index) => byte === right[index]);

  const cases = {};
  for (const size of sizes) {
    cases[`text of ${size} bytes`] = async () => {
      const text = 'x'.repeat(size);
      expect(await echo(text) === text, 'the echo differs');
    };
    cases[`binary of ${size} bytes`] = async () => {
      const sent = bytes(size);
      const answer = await echo(sent);
      expect(answer instanceof ArrayBuffer, 'the echo is not binary');
      expect(same(new Uint8Array(answer), sent), 'the echo differs');
    };
  }
  cases['text of two to four bytes a character'] = async () => {
    for (const text of ['é', 'κόσμε', '日本語', '🌍🚀', '\0', 'a\u0800b\u{10ffff}', 'ß€😀'.repeat(20_000)]) {
      expect(await echo(text) === text, `the echo of ${text.slice(0, 8)} differs`);
    }
  };
  cases['1000 messages in flight'] = async () => {
    const socket = await open(echoUrl);
    const received = receive(socket, 1000);
    for (let number = 0; number < 1000; ++number) socket.send(`message ${number}`);
    (await received).forEach((text, number) => expect(text === `message ${number}`, `message ${number} is "${text}"`));
    const ended = closing(socket);
    socket.close(1000);
    await ended;
  };
  for (const code of closeCodes) {
    cases[`our close with ${code}`] = async () => {
      const socket = await open(echoUrl);
      const ended = closing(socket);
      socket.close(code, 'gut so');
      expectCleanClose(await ended, code, 'gut so');
    };
  }
  for (const code of [1000, 1001, 3000, 4999]) {
    cases[`the server's close with ${code}`] = async () => {
      const socket = new WebSocket(`${closeUrl}/close/${code}`);
      expectCleanClose(await closing(socket), code, 'as asked');
    };
  }
  return cases;
};
