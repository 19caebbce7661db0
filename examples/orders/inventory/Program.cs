using System.Net.Sockets;
using System.Runtime.InteropServices;
using Inventory;

if (Settings.Read(args) is not { } settings)
{
    return 2;
}

using var stop = new CancellationTokenSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    var file = LogFile.Open(settings.LogPath);
    Console.Error.WriteLine(
        $"inventory: {settings.LogPath}: {file.Recovered.Count} changes recovered, {file.TornBytes} torn bytes cut off");
    using IChangeLog log = settings.Naive ? new NaiveLog(file) : new WriteAheadLog(file);
    await new LineServer(new Warehouse(log, file.Recovered), settings.Port).RunAsync(stop.Token);
    return 0;
}
catch (Exception failure) when (Errno.IsFileFailure(failure))
{
    Console.Error.WriteLine(
        $"inventory: cannot open the log {settings.LogPath} ({Errno.NameOf(failure)}); set INVENTORY_WAL to a writable path");
    return 1;
}
catch (SocketException failure)
{
    Console.Error.WriteLine($"inventory: cannot listen on port {settings.Port} ({failure.SocketErrorCode}); set PORT to a free one");
    return 1;
}
finally
{
    if (settings.LogIsTemporary)
    {
        File.Delete(settings.LogPath);
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
