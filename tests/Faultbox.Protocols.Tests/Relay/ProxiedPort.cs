using System.Net;
using System.Net.Sockets;
using Faultbox.Core;
using Faultbox.Core.Events;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tests.Relay;

/// <summary>The proxy of an interface <c>up.raw</c> in front of a port of this host, with the rules of one test.</summary>
internal sealed class ProxiedPort : IDisposable
{
    public ProxiedPort(string protocol = "tcp", params string[] consumers)
    {
        Proxy = ProtocolRegistry.ProxyOf(protocol)!.Reserve(new ProxyPlace
        {
            Target = new InterfaceAddress("up", "raw"),
            Protocol = protocol,
            Consumers = consumers,
        });
        Rules = new InterfaceRules(Proxy.Target, protocol, Log, seed: 7, "test_proxy");
        Proxy.Use(Rules);
    }

    public InterfaceProxy Proxy { get; }

    public InterfaceRules Rules { get; }

    public EventLog Log { get; } = new(TimeProvider.System);

    public ProxiedPort To(int port)
    {
        Proxy.Relay(new ProxyUpstream("127.0.0.1", port));
        return this;
    }

    public ProxyWindow Open(params ProxyFault[] faults) =>
        Rules.Open([.. faults.Select(f => new ProxyRule(f, new SourcePosition("test.star", 1, 1)))]);

    public Socket Connect(string consumer = "")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 60_000 };
        socket.Connect(IPAddress.Loopback, Proxy.PortOf(consumer));
        return socket;
    }

    /// <summary>Events of a type, waiting until there are as many as expected.</summary>
    public IReadOnlyList<TraceEvent> Events(string type, int expected)
    {
        SpinWait.SpinUntil(() => Log.OfType(type).Count() >= expected, TimeSpan.FromSeconds(60));
        return [.. Log.OfType(type)];
    }

    public void Dispose() => Proxy.Dispose();
}

/// <summary>Reading from sockets in tests.</summary>
internal static class SocketReading
{
    public static string Text(this Socket socket)
    {
        var buffer = new byte[4096];
        return System.Text.Encoding.Latin1.GetString(buffer, 0, socket.Receive(buffer));
    }

    public static void Say(this Socket socket, string text) => socket.Send(System.Text.Encoding.Latin1.GetBytes(text));

    /// <summary>Sends all bytes.</summary>
    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            data = data[await socket.SendAsync(data)..];
        }
    }

    /// <summary>Everything until the end of the stream.</summary>
    public static byte[] Rest(this Socket socket)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int count; (count = socket.Receive(buffer)) > 0;)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }

    /// <summary>True when the connection ends with RST.</summary>
    public static bool IsReset(this Socket socket)
    {
        try
        {
            socket.Receive(new byte[1]);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }
}
