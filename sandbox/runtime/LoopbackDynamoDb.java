import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;
import software.amazon.dynamodb.services.local.server.DynamoDBProxyServer;

/**
 * Starts DynamoDB Local over the folder that the argument names, on a free port of 127.0.0.1, and prints that port.
 *
 * The jar itself has no option for the address and listens on all interfaces. It ends when its standard input does,
 * so it never outlives the process that started it, however that one ended.
 */
public class LoopbackDynamoDb {
    public static void main(String[] args) throws Exception {
        DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(
            new String[] {"-dbPath", args[0], "-sharedDb", "-disableTelemetry", "-port", "8000"});
        Field field = DynamoDBProxyServer.class.getDeclaredField("server");
        field.setAccessible(true);
        ServerConnector connector = (ServerConnector) ((Server) field.get(proxy)).getConnectors()[0];
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        // A connection that idles must not be gone when it is used again.
        connector.setIdleTimeout(86_400_000);
        // Not start(): that one sends telemetry.
        proxy.safeStart();
        System.out.println("listening on " + connector.getLocalPort());
        while (System.in.read() != -1) { }
        Runtime.getRuntime().halt(0);
    }
}
