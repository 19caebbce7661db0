// A WebSocket client. Arguments: port, path, and "talk" to say one of everything or "stay" to wait until the connection ends.
const WebSocket = require('ws');

const [port, path, what] = process.argv.slice(2);
const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
const next = (event) => new Promise((resolve) => socket.once(event, (...values) => resolve(values)));

socket.on('unexpected-response', (request, response) => {
  console.log(`refused ${response.statusCode}`);
  process.exit(0);
});
socket.on('error', (error) => console.log(`error ${error.code ?? error.message}`));
socket.on('close', (code, reason) => {
  console.log(`close ${code} ${reason}`);
  process.exit(0);
});
socket.on('open', async () => {
  if (what === 'stay') {
    console.log('port 0');
    return;
  }

  const echo = async (name, send, expected, binary) => {
    const answer = next('message');
    send();
    const [data, isBinary] = await answer;
    console.log(`${name} ${Buffer.compare(data, Buffer.from(expected)) === 0 && isBinary === binary}`);
  };
  const big = Buffer.alloc(5_000_000);
  for (let i = 0; i < big.length; i++) big[i] = (i * 31 + (i >> 8)) & 255;
  await echo('text', () => socket.send('grüße'), 'grüße', false);
  await echo('empty', () => socket.send(''), '', false);
  await echo('binary', () => socket.send(Buffer.from([0, 255, 13, 10])), [0, 255, 13, 10], true);
  await echo('fragments', () => {
    socket.send('one ', { fin: false });
    socket.send('two ', { fin: false });
    socket.send('three', { fin: true });
  }, 'one two three', false);
  await echo('big', () => socket.send(big), big, true);
  await echo('uncompressed', () => socket.send(big, { compress: false }), big, true);
  const pong = next('pong');
  socket.ping('are you there');
  console.log(`pong ${(await pong)[0]}`);
  socket.close(4001, 'done');
});
