// Appends what is posted to $DATA and dials 127.0.0.1:$PORT; a failure is answered with its code and the call it names.
'use strict';

const fs = require('node:fs/promises');
const http = require('node:http');
const net = require('node:net');

const port = Number(process.env.PORT);

async function append(body) {
  const file = await fs.open(process.env.DATA, 'a');
  try {
    await file.appendFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

function dial() {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(); });
    socket.once('error', reject);
  });
}

const routes = { '/health': () => {}, '/append': append, '/dial': dial };

http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  try {
    await routes[request.url](Buffer.concat(chunks));
    response.end('ok');
  } catch (failure) {
    response.statusCode = 507;
    response.end(`${failure.code} ${failure.syscall}`);
  }
}).listen(port, '127.0.0.1');
