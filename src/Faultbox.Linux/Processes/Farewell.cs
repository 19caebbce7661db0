using Faultbox.Linux.Native;
using Faultbox.Linux.Shim;

namespace Faultbox.Linux.Processes;

/// <summary>
/// A small process that outlives this one by a moment: when this process dies, however that comes about, it sends requests to a unix
/// socket. It removes what the engine behind that socket runs on this process's behalf.
/// </summary>
public sealed class Farewell : IDisposable
{
    private readonly ServiceChannels _channels = new(inherits: false);
    private readonly int _process;

    /// <summary>Starts the process.</summary>
    /// <param name="socketPath">Socket that is connected to, once for each request.</param>
    /// <param name="requests">What is sent; one answer is awaited for each.</param>
    /// <exception cref="IOException">The process could not be started.</exception>
    public Farewell(string socketPath, IReadOnlyList<byte[]> requests)
    {
        try
        {
            var image = LauncherProgram.BuildFarewell(
                new LauncherPlan { SocketPath = socketPath, Candidates = [], Arguments = [], FilteredSyscalls = [] }, requests);
            _process = Spawning.Start(image, [], _channels);
            _channels.CloseLauncherEnds();
        }
        catch
        {
            _channels.Dispose();
            throw;
        }
    }

    /// <summary>Ends the process without a word.</summary>
    public void Dispose()
    {
        using (var process = PidDescriptors.Open(_process))
        {
            PidDescriptors.Signal(process, Kernel.SignalKill);
        }

        Children.Await(_process);
        _channels.Dispose();
    }
}
