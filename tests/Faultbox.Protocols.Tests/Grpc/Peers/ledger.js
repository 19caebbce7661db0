// The service and its types, on the gRPC library of Node.js.
const path = require("path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const definition = loader.loadSync(path.join(__dirname, "ledger.proto"), { longs: Number });
exports.grpc = grpc;
exports.Ledger = grpc.loadPackageDefinition(definition).acme.Ledger;
exports.options = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
};
