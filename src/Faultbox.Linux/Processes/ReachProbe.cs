using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Faultbox.Linux.Shim;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Processes;

/// <summary>
/// A program that tries from the network of a container whether a port of this host answers. Its engine starts it in place of the image's
/// program, so that it needs nothing of the image.
/// </summary>
public sealed class ReachProbe : IDisposable
{
    /// <summary>How long a port may take to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const string Name = "reach probe";
    private const ushort InternetDomain = 2;
    private const int AddressSize = 16;
    private const int TryAgain = 11;
    private const int ConnectionReset = 104;
    private const int TimedOut = 110;
    private const int InProgress = 115;

    /// <summary>Writes the program and listens.</summary>
    /// <param name="directory">Private directory; it exists.</param>
    /// <param name="datagrams">True to try UDP, else TCP.</param>
    /// <exception cref="LaunchException">The directory cannot be used.</exception>
    public ReachProbe(string directory, bool datagrams) => Mounted = new MountedLauncher(
        Name, MountedLauncher.Target, directory, LauncherProgram.BuildReachProbe(MountedLauncher.SocketPath, datagrams, Patience));

    /// <summary>What is mounted into the container.</summary>
    public MountedLauncher Mounted { get; }

    /// <summary>Has a port tried that answers each byte or datagram with one.</summary>
    /// <param name="target">Port, at an IPv4 address as the container knows it.</param>
    /// <param name="exited">Completes when the container has ended.</param>
    /// <returns>Why it is not reached; <c>ETIMEDOUT</c> when nothing came back within <see cref="Patience"/>. Null when it answered.</returns>
    /// <exception cref="LaunchException">The program did not run; nothing is known of the port.</exception>
    public Errno? Ask(IPEndPoint target, Task exited)
    {
        try
        {
            using var connection = Mounted.Accept(exited) ?? throw NotRun("the container ended at once");
            connection.ReceiveTimeout = HandOffDialogue.LimitMilliseconds;
            connection.Send(AddressOf(target));
            Span<byte> report = stackalloc byte[HandOffDialogue.ReportSize];
            var count = connection.Receive(report);
            return count == 0 ? throw NotRun("it ended without a word")
                : HandOffDialogue.ReadReport(report, count) is { } failure ? Errno.FromNumber(Meaning(failure.Errno))
                : null;
        }
        catch (TimeoutException)
        {
            throw NotRun("it did not connect");
        }
        catch (SocketException e)
        {
            throw NotRun(e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Mounted.Dispose();

    private static LaunchException NotRun(string why) => new(LaunchStep.Reach, null, MountedLauncher.Target, $"the {Name} did not run: {why}");

    /// <summary>A call that uses up its limit says that it would block (socket(7), <c>SO_RCVTIMEO</c>); an end of the stream is no error number.</summary>
    private static int Meaning(int errno) => errno switch
    {
        TryAgain or InProgress => TimedOut,
        0 => ConnectionReset,
        _ => errno,
    };

    /// <summary>A <c>struct sockaddr_in</c> (ip(7)).</summary>
    private static byte[] AddressOf(IPEndPoint target)
    {
        var address = new byte[AddressSize];
        BinaryPrimitives.WriteUInt16LittleEndian(address, InternetDomain);
        BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), (ushort)target.Port);
        target.Address.GetAddressBytes().CopyTo(address, 4);
        return address;
    }
}
