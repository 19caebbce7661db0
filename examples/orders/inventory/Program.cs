using System.Runtime.InteropServices;
using Inventory;

var port = int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "7401");
var path = Environment.GetEnvironmentVariable("INVENTORY_WAL");
var temporary = string.IsNullOrEmpty(path);
path = temporary ? Path.Combine(Path.GetTempPath(), $"inventory-{Guid.NewGuid():N}.wal") : path!;

using var stop = new CancellationTokenSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    using var log = WriteAheadLog.Open(path, naive: args.Contains("--naive"));
    await new LineServer(new Warehouse(log), port).RunAsync(stop.Token);
    return 0;
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
{
    Console.Error.WriteLine($"inventory cannot start on port {port} with log {path}: {failure.Message}");
    return 1;
}
finally
{
    if (temporary)
    {
        File.Delete(path);
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
