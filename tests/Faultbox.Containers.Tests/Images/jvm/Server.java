import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;

/** Keeps every line it gets in a file, and says whether that worked. */
public final class Server {
    public static void main(String[] arguments) throws IOException {
        try (ServerSocket server = new ServerSocket(7000)) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> answer(client)).start();
            }
        }
    }

    private static void answer(Socket client) {
        try (client; BufferedReader lines = new BufferedReader(new InputStreamReader(client.getInputStream()))) {
            String line = lines.readLine();
            if (line != null) {
                client.getOutputStream().write((keep(line) + "\n").getBytes());
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private static String keep(String line) {
        try (FileOutputStream file = new FileOutputStream("/data/log")) {
            file.write(line.getBytes());
            return "stored";
        } catch (IOException e) {
            return "lost";
        }
    }
}
