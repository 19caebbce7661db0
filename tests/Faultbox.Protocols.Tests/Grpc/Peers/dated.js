// Serves a calendar whose types use those of other packages, with the server reflection of Node.js, on a port of the system's choice.
const path = require("path");
const { grpc } = require("./ledger");
const loader = require("@grpc/proto-loader");
const { ReflectionService } = require("@grpc/reflection");

const types = loader.loadSync(path.join(__dirname, "dated.proto"), { includeDirs: [__dirname] });
const server = new grpc.Server();
server.addService(grpc.loadPackageDefinition(types).dated.Calendar.service, { keep: (call, reply) => reply(null, call.request) });
new ReflectionService(types).addToServer(server);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write("port " + port + "\n");
});
