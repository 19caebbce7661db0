using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Faultbox.Core.Topology;
using Faultbox.Linux.Processes;

namespace Faultbox.Runtime.Services;

/// <summary>Waits until the ports and unix sockets that services are about to bind are free.</summary>
internal static class PortWait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    /// <summary>What opening a unix socket as a file fails with: ENXIO (open(2)).</summary>
    private const int NoSuchDevice = 6;
    private const int SocketLevel = 1;
    private const int ReuseAddress = 2;
    private static ReadOnlySpan<byte> One => [1, 0, 0, 0];

    /// <summary>Returns when every declared port of the services can be bound.</summary>
    /// <exception cref="StartException">A port or socket stayed taken; the message names its owner.</exception>
    public static void Await(IEnumerable<ServiceDefinition> services, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var service in services)
        {
            // The sockets of a container are in a file system that begins with it.
            foreach (var declared in service.Interfaces.Where(i => i.SocketPath is null || service.Kind != ServiceKind.Container))
            {
                Await(service.Name, declared, start, cancellation);
                if (declared.SocketPath is { } path)
                {
                    RemoveAbandoned(path);
                }
            }
        }
    }

    private static void Await(string service, InterfaceDefinition declared, long start, CancellationToken cancellation)
    {
        for (var pause = FirstPause; !IsFree(declared); pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw declared.SocketPath is { } path
                    ? new StartException("PORT_IN_USE", $"unix socket {path} for service \"{service}\" is in use by another process", service)
                    : new StartException(
                        "PORT_IN_USE", $"port {declared.Port} for service \"{service}\" is in use by {Owner(declared.Port)}", service);
            }

            cancellation.WaitHandle.WaitOne(pause);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private static bool IsListenedOn(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>
    /// Removes a socket that nobody listens on: a server that was killed leaves it behind, and most cannot bind where something lies.
    /// </summary>
    private static void RemoveAbandoned(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
        }
        catch (IOException e) when (e.HResult == NoSuchDevice)
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing is there, or something that the service may complain about itself.
        }
    }

    private static string Owner(int port) =>
        PortOwner.TryFind(port, out var owner) ? $"{owner.Process} (pid {owner.Pid})" : "another process";

    /// <summary>
    /// Tries to bind the port as a server would: with address reuse, so that connections of an ended server that still linger do not count.
    /// </summary>
    private static bool IsFree(InterfaceDefinition declared)
    {
        if (declared.SocketPath is { } path)
        {
            return !IsListenedOn(path);
        }

        var datagrams = declared.Protocol == "udp";
        var family = Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        using var socket = new Socket(family, datagrams ? SocketType.Dgram : SocketType.Stream, datagrams ? ProtocolType.Udp : ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        if (!datagrams)
        {
            // The portable option would also share the port with a live listener that allows it.
            socket.SetRawSocketOption(SocketLevel, ReuseAddress, One);
        }

        try
        {
            socket.Bind(new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, declared.Port));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            // A privileged port says nothing about being taken; the service may have the right that Faultbox lacks.
            return true;
        }
    }
}
