using System.Net.Sockets;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tls;

/// <summary>Ends a handshake after the client's first message, as a rule says. The service sees its connection end.</summary>
internal static class BrokenHandshake
{
    private const byte AlertRecord = 21;
    private const byte CloseNotify = 0;
    private const byte UserCanceled = 90;
    private const byte Warning = 1;
    private const byte Fatal = 2;
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(500);

    /// <summary>True for the faults that let no handshake complete.</summary>
    public static bool Is(TlsFault fault) => fault is TlsHandshakeTimeout or TlsCloseDuringHandshake or TlsAlert;

    /// <summary>Breaks the handshake; completes when the client may be closed.</summary>
    /// <param name="connection">The connection without TLS, whose client has sent its first message.</param>
    /// <param name="rules">The rules of the test.</param>
    /// <param name="rule">The rule that decided.</param>
    /// <param name="budget">Time that is left, which a held handshake does not heed.</param>
    /// <exception cref="OperationCanceledException">The proxy has stopped.</exception>
    public static async Task MakeAsync(ProxyConnection connection, InterfaceRules rules, ActiveProxyRule rule, DialBudget budget)
    {
        connection.Upstream.Dispose();
        switch (rule.Fault.Tls)
        {
            case TlsHandshakeTimeout:
                budget.Lift();
                await HoldAsync(connection.Client, rules, rule, budget.Token).ConfigureAwait(false);
                break;
            case TlsAlert alert:
                await connection.Client.SendAsync(Encode(alert), budget.Token).ConfigureAwait(false);
                break;
        }

        budget.Token.ThrowIfCancellationRequested();
        await OrderlyEnd.MakeAsync(connection.Client, Linger, budget.Token).ConfigureAwait(false);
    }

    /// <summary>Waits until the window of the rule has ended or the client has left.</summary>
    private static async Task HoldAsync(Leg client, InterfaceRules rules, ActiveProxyRule rule, CancellationToken cancellation)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Follow()
        {
            if (!rules.TlsRules.Contains(rule))
            {
                closed.TrySetResult();
            }
        }

        rules.Changed += Follow;
        try
        {
            Follow();
            using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var leaving = WaitForEndAsync(client, reading.Token);
            await Task.WhenAny(leaving, closed.Task).ConfigureAwait(false);
            await reading.CancelAsync().ConfigureAwait(false);
            await leaving.ConfigureAwait(false);
        }
        finally
        {
            rules.Changed -= Follow;
        }
    }

    private static async Task WaitForEndAsync(Leg client, CancellationToken cancellation)
    {
        var scrap = new byte[256];
        try
        {
            while (await client.ReceiveAsync(scrap, cancellation).ConfigureAwait(false) > 0)
            {
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client has left, or nobody waits for it any more.
        }
    }

    /// <summary>A record with the alert (RFC 8446 sections 5.1 and 6).</summary>
    private static byte[] Encode(TlsAlert alert) =>
        [AlertRecord, 3, 3, 0, 2, alert.Code is CloseNotify or UserCanceled ? Warning : Fatal, alert.Code];
}
