import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Appends what is posted to $DATA and dials 127.0.0.1:$PORT; a failure is answered with its exception. */
public final class Store {
    private interface Action {
        void run(byte[] body) throws IOException;
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        route(server, "/health", 500, body -> { });
        route(server, "/append", 507, Store::append);
        route(server, "/dial", 502, body -> new Socket("127.0.0.1", port).close());
        server.start();
    }

    private static void append(byte[] body) throws IOException {
        try (FileOutputStream file = new FileOutputStream(System.getenv("DATA"), true)) {
            file.write(body);
            file.getFD().sync();
        }
    }

    private static void route(HttpServer server, String path, int failureStatus, Action action) {
        server.createContext(path, exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            try {
                action.run(body);
                answer(exchange, 200, "ok");
            } catch (IOException failure) {
                answer(exchange, failureStatus, failure.toString());
            }
        });
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes();
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
