// Serves HTTP/2 over TLS on $PORT and wants a client certificate; arguments: certificate, key, authority of clients.
const fs = require("fs");

const [cert, key, ca] = process.argv.slice(2).map((file) => fs.readFileSync(file));
const server = require("http2").createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (_, response) => response.end("ok"));
server.on("tlsClientError", () => {});
server.listen(Number(process.env.PORT), "127.0.0.1");
