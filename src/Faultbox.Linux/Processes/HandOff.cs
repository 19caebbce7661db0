using System.Net.Sockets;
using System.Runtime.InteropServices;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>A launcher that was spawned: its process and the read ends of its output.</summary>
internal sealed record SpawnedLauncher(int ProcessId, IsolationMode Mode, SafeFileHandle Output, SafeFileHandle Error);

/// <summary>
/// One launch from the supervisor's side: writes the image, listens, receives the listener, says go, and learns from the closing of the
/// socket that the program executes.
/// </summary>
internal sealed unsafe class HandOff : IDisposable
{
    private const int LimitMilliseconds = 15_000;
    private const int SocketLevel = 1;
    private const int PassCredentials = 16;
    private const int RightsMessage = 1;
    private const int CredentialsMessage = 2;

    private readonly LaunchRequest _request;
    private readonly string _imagePath;
    private readonly string _socketPath;
    private readonly Socket _server;

    public HandOff(LaunchRequest request)
    {
        _request = request;
        var unique = Guid.NewGuid().ToString("n")[..12];
        _imagePath = Path.Combine(request.RunDirectory, $"l{unique}");
        _socketPath = Path.Combine(request.RunDirectory, $"s{unique}");
        _server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _server.Bind(new UnixDomainSocketEndPoint(_socketPath));
        _server.SetRawSocketOption(SocketLevel, PassCredentials, BitConverter.GetBytes(1));
        _server.Listen(1);
    }

    /// <summary>The strongest isolation this process may ask for.</summary>
    public IsolationMode FirstMode => Libc.GetUserId() == 0 ? IsolationMode.Namespace : IsolationMode.UserNamespace;

    /// <summary>Writes the image and spawns it. Runs on the launcher thread.</summary>
    public SpawnedLauncher Spawn(IsolationMode mode)
    {
        var image = LauncherProgram.Build(
            _socketPath, _request.Executable, _request.Arguments, _request.FilteredSyscalls, !_request.AllowIoUring, mode);
        using (var file = new FileStream(_imagePath, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
        }))
        {
            file.Write(image);
        }

        var (outputRead, outputWrite) = CreatePipe();
        var (errorRead, errorWrite) = CreatePipe();
        try
        {
            var pid = Spawning.Start(
                _imagePath, _request.Environment, _request.WorkingDirectory, (int)outputWrite.DangerousGetHandle(), (int)errorWrite.DangerousGetHandle());
            return new SpawnedLauncher(pid, mode, outputRead, errorRead);
        }
        catch (IOException e)
        {
            outputRead.Dispose();
            errorRead.Dispose();
            throw new LaunchException(LaunchStep.None, null, _request.Executable, $"the launcher could not be started: {e.Message}");
        }
        finally
        {
            outputWrite.Dispose();
            errorWrite.Dispose();
        }
    }

    /// <summary>Follows a spawned launcher until the program executes.</summary>
    public ServiceProcess Complete(SpawnedLauncher launcher)
    {
        NotificationListener? listener = null;
        try
        {
            using var connection = Accept(launcher);
            var (descriptor, sender) = ReceiveGreeting(connection, launcher);
            if (descriptor >= 0)
            {
                listener = new NotificationListener(descriptor, _request.Handler!, _request.Name);
                listener.Start();
            }

            connection.Send([(byte)'k']);
            if (ReceiveReport(connection) is { } report)
            {
                throw Failed(report.Step, report.Errno);
            }

            return new ServiceProcess(
                _request.Name, launcher.ProcessId, sender, launcher.Mode != IsolationMode.ProcessGroup, launcher.Output, launcher.Error, listener);
        }
        catch (Exception e) when (e is LaunchException or SocketException)
        {
            _ = Libc.Kill(launcher.ProcessId, Kernel.SignalKill);
            int status;
            _ = Libc.WaitPid(launcher.ProcessId, &status, 0);
            listener?.Dispose();
            launcher.Output.Dispose();
            launcher.Error.Dispose();
            if (e is LaunchException)
            {
                throw;
            }

            throw new LaunchException(LaunchStep.Connect, null, _request.Executable, $"the hand-off of \"{_request.Name}\" broke: {e.Message}");
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        File.Delete(_imagePath);
        File.Delete(_socketPath);
    }

    private static (SafeFileHandle Read, SafeFileHandle Write) CreatePipe()
    {
        var ends = stackalloc int[2];
        return Libc.Pipe2(ends, Kernel.CloseOnExec) == 0
            ? (new SafeFileHandle(ends[0], true), new SafeFileHandle(ends[1], true))
            : throw new IOException($"pipe: {Errno.FromNumber(Marshal.GetLastPInvokeError()).Message}");
    }

    private Socket Accept(SpawnedLauncher launcher)
    {
        var descriptors = stackalloc PollDescriptor[2];
        using var process = new SafeFileHandle(PidDescriptors.Open(launcher.ProcessId), true);
        descriptors[0] = new PollDescriptor { Descriptor = (int)_server.Handle, Events = Kernel.PollIn };
        descriptors[1] = new PollDescriptor { Descriptor = (int)process.DangerousGetHandle(), Events = Kernel.PollIn };
        var ready = Libc.Poll(descriptors, 2, LimitMilliseconds);
        return descriptors[0].Returned != 0 ? _server.Accept()
            : ready > 0 ? throw new LaunchException(LaunchStep.Connect, null, _request.Executable, "the launcher ended before it connected")
            : throw TooSlow(LaunchStep.Connect);
    }

    private (int Descriptor, int Sender) ReceiveGreeting(Socket connection, SpawnedLauncher launcher)
    {
        WaitReadable(connection, LaunchStep.SendListener);
        var payload = stackalloc byte[16];
        var control = stackalloc byte[128];
        var vector = new IoVector { Base = payload, Length = 16 };
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 128 };
        var count = Libc.ReceiveMessage((int)connection.Handle, &message, 0x40000000 /* close on exec */);
        if (count == 16)
        {
            throw Failed((LaunchStep)(*(ulong*)payload), (int)*(ulong*)(payload + 8));
        }

        if (count != 2)
        {
            throw new LaunchException(LaunchStep.SendListener, null, _request.Executable, "the launcher ended before it handed over the listener");
        }

        var (descriptor, sender) = (-1, launcher.ProcessId);
        for (nuint at = 0; at + 16 <= message.ControlLength;)
        {
            var length = *(nuint*)(control + at);
            var type = *(int*)(control + at + 12);
            if (type == RightsMessage)
            {
                descriptor = *(int*)(control + at + 16);
            }
            else if (type == CredentialsMessage)
            {
                sender = *(int*)(control + at + 16);
            }

            at += (length + 7) & ~(nuint)7;
        }

        return (descriptor, sender);
    }

    private (LaunchStep Step, int Errno)? ReceiveReport(Socket connection)
    {
        WaitReadable(connection, LaunchStep.Execute);
        Span<byte> report = stackalloc byte[16];
        return connection.Receive(report) == 16
            ? ((LaunchStep)BitConverter.ToUInt64(report), (int)BitConverter.ToUInt64(report[8..]))
            : null;
    }

    private void WaitReadable(Socket connection, LaunchStep step)
    {
        if (!connection.Poll(LimitMilliseconds * 1000, SelectMode.SelectRead))
        {
            throw TooSlow(step);
        }
    }

    private LaunchException Failed(LaunchStep step, int number)
    {
        var errno = Errno.FromNumber(number);
        var message = step == LaunchStep.Execute
            ? $"exec {_request.Executable}: {errno.Message}"
            : $"launch step {(int)step} ({step}) of {_request.Executable} failed: {errno.Name} {errno.Message}";
        return new LaunchException(step, errno, _request.Executable, message);
    }

    private LaunchException TooSlow(LaunchStep step) => new(
        step, null, _request.Executable, $"launch step {(int)step} ({step}) of {_request.Executable} was not reached within 15s");
}
