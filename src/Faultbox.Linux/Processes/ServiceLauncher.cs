using System.Collections.Concurrent;

namespace Faultbox.Linux.Processes;

/// <summary>
/// Starts services. A process whose parent-death signal is set dies with the thread that started it, so every start happens on one thread
/// that lives as long as this object.
/// </summary>
public sealed class ServiceLauncher : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    public ServiceLauncher()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "launcher" };
        _thread.Start();
    }

    /// <summary>Starts a program and returns when it executes.</summary>
    /// <exception cref="LaunchException">A step failed, or the launcher did not get there within 15 seconds.</exception>
    public ServiceProcess Launch(LaunchRequest request)
    {
        var spawned = new TaskCompletionSource<SpawnedLauncher>();
        using var handOff = new HandOff(request);
        var mode = handOff.FirstMode;
        while (true)
        {
            _work.Add(() =>
            {
                try
                {
                    spawned.SetResult(handOff.Spawn(mode));
                }
                catch (Exception e) when (e is IOException or LaunchException)
                {
                    spawned.SetException(e);
                }
            });
            try
            {
                return handOff.Complete(spawned.Task.GetAwaiter().GetResult());
            }
            catch (LaunchException e) when (e.Step == Shim.LaunchStep.Isolate && mode != Shim.IsolationMode.ProcessGroup)
            {
                // The kernel or a container policy refuses namespaces: a session of its own has to do.
                mode = Shim.IsolationMode.ProcessGroup;
                spawned = new TaskCompletionSource<SpawnedLauncher>();
            }
        }
    }

    /// <summary>Ends the thread. Services that still run end with it.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (var action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
