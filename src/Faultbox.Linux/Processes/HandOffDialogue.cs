using System.Net.Sockets;
using Faultbox.Linux.Native;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;
using Microsoft.Win32.SafeHandles;

namespace Faultbox.Linux.Processes;

/// <summary>What a launcher says over the hand-off socket, read from the supervisor's side.</summary>
/// <param name="program">The program, for messages.</param>
/// <param name="workingDirectory">Where it starts, for messages.</param>
/// <param name="expectsListener">Whether the launcher installs a filter.</param>
internal sealed unsafe class HandOffDialogue(string program, string? workingDirectory, bool expectsListener)
{
    /// <summary>Bytes of a report: step and errno.</summary>
    public const int ReportSize = 8;

    /// <summary>Time that each step may take.</summary>
    public const int LimitMilliseconds = 15_000;

    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;
    private const int RightsMessage = 1;
    private const int CredentialsMessage = 2;
    private const int CloseReceivedOnExec = 0x40000000;

    /// <summary>Refuses to intercept calls of a kernel whose notifications have another form.</summary>
    /// <exception cref="LaunchException">They have.</exception>
    public static void ConfirmSizes(string program, NotificationSizes? kernel)
    {
        if (kernel?.Difference is { } difference)
        {
            throw new LaunchException(LaunchStep.InstallFilter, null, program, $"{difference}; use a newer Faultbox");
        }
    }

    /// <summary>Who is at the other end.</summary>
    public static Credentials PeerOf(Socket connection)
    {
        Credentials peer;
        var length = (uint)sizeof(Credentials);
        return Libc.GetSocketOption((int)connection.Handle, SocketLevel, PeerCredentials, &peer, &length) == 0 ? peer : default;
    }

    /// <summary>The first message: the listener, if there is a filter, and the number of the service's process.</summary>
    public (SafeFileHandle? Listener, int ProcessId) ReceiveGreeting(Socket connection)
    {
        WaitReadable(connection, LaunchStep.SendListener);
        var payload = stackalloc byte[ReportSize];
        var control = stackalloc byte[128];
        var vector = new IoVector { Base = payload, Length = ReportSize };
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 128 };
        var count = (int)Libc.ReceiveMessage((int)connection.Handle, &message, CloseReceivedOnExec);
        if (ReadReport(new ReadOnlySpan<byte>(payload, ReportSize), count) is { } report)
        {
            throw Failed(report.Step, report.Errno);
        }

        SafeFileHandle? listener = null;
        var processId = 0;
        for (nuint at = 0; at + 16 <= message.ControlLength;)
        {
            // struct cmsghdr: length, level, type; then the data.
            var length = *(nuint*)(control + at);
            var type = *(int*)(control + at + 12);
            var value = *(int*)(control + at + 16);
            if (type == RightsMessage)
            {
                listener = new SafeFileHandle(value, ownsHandle: true);
            }
            else if (type == CredentialsMessage)
            {
                processId = value;
            }

            at += (length + 7) & ~(nuint)7;
        }

        if (count <= 0 || processId == 0 || listener is null != (!expectsListener))
        {
            listener?.Dispose();
            throw new LaunchException(
                LaunchStep.SendListener, null, program, "the launcher ended before it handed over the listener");
        }

        return (listener, processId);
    }

    /// <summary>What went wrong at the last step; null when the socket closed because the program executes.</summary>
    public (LaunchStep Step, int Errno)? ReceiveReport(Socket connection)
    {
        WaitReadable(connection, LaunchStep.Execute);
        Span<byte> report = stackalloc byte[ReportSize];
        return ReadReport(report, connection.Receive(report));
    }

    /// <summary>Reads a report of a failed step; null when there is none.</summary>
    public static (LaunchStep Step, int Errno)? ReadReport(ReadOnlySpan<byte> report, int count) =>
        count == ReportSize ? ((LaunchStep)BitConverter.ToInt32(report), BitConverter.ToInt32(report[4..])) : null;

    private void WaitReadable(Socket connection, LaunchStep step)
    {
        if (!connection.Poll(LimitMilliseconds * 1000, SelectMode.SelectRead))
        {
            throw TooSlow(step);
        }
    }

    /// <summary>The error of a step that failed.</summary>
    public LaunchException Failed(LaunchStep step, int number)
    {
        var errno = Errno.FromNumber(number);
        var message = step switch
        {
            LaunchStep.Execute => $"exec {program}: {errno.Message}",
            LaunchStep.WorkingDirectory => $"working directory {workingDirectory}: {errno.Message}",
            LaunchStep.InstallFilter when errno.Name == "EBUSY" => Step()
                + "; this process is itself intercepted by another filter with a listener, and the kernel allows one: start it outside of that",
            _ => Step(),
        };
        return new LaunchException(step, errno, program, message);

        string Step() => $"launch step {(int)step} ({step}) of {program} failed: {errno.Name} {errno.Message}";
    }

    /// <summary>The error of a step that was not reached in time.</summary>
    public LaunchException TooSlow(LaunchStep step) => new(
        step, null, program, $"launch step {(int)step} ({step}) of {program} was not reached within {LimitMilliseconds / 1000}s");
}
