using System.Net.Security;
using System.Net.Sockets;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tls;

/// <summary>A leg whose bytes are protected by TLS.</summary>
/// <param name="leg">The leg below.</param>
/// <param name="tls">The stream after its handshake.</param>
/// <param name="refused">
/// Told when nothing was ever received: a peer of TLS 1.3 refuses a certificate after the handshake is complete for its other side
/// (RFC 8446 section 4.4.2.4), so that the first receive tells.
/// </param>
internal sealed class TlsLeg(Leg leg, SslStream tls, Action<Exception> refused) : Leg
{
    private static readonly TimeSpan NotifyLimit = TimeSpan.FromSeconds(1);

    private bool _isAccepted;

    /// <inheritdoc/>
    public override string? NegotiatedProtocol
    {
        get
        {
            var protocol = tls.NegotiatedApplicationProtocol;
            return protocol.Protocol.IsEmpty ? null : protocol.ToString();
        }
    }

    /// <inheritdoc/>
    public override bool HasFailed => leg.HasFailed;

    /// <inheritdoc/>
    public override Task Broken => leg.Broken;

    /// <inheritdoc/>
    public override Task Delivered => leg.Delivered;

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _isAccepted ? tls.ReadAsync(buffer, cancellation) : ReceiveFirstAsync(buffer, cancellation);

    /// <inheritdoc/>
    public override async ValueTask WaitReadableAsync(CancellationToken cancellation) =>
        await ReceiveAsync(Memory<byte>.Empty, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation) => tls.WriteAsync(data, cancellation);

    /// <inheritdoc/>
    public override void ShutdownSend() => _ = ShutdownAsync();

    /// <inheritdoc/>
    public override void Reset() => leg.Reset();

    /// <inheritdoc/>
    public override void Dispose()
    {
        tls.Dispose();
        leg.Dispose();
    }

    private async ValueTask<int> ReceiveFirstAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            var count = await tls.ReadAsync(buffer, cancellation).ConfigureAwait(false);

            // Without a buffer it only waits.
            _isAccepted = !buffer.IsEmpty;
            return count;
        }
        catch (IOException e) when (HandshakeFailure.IsAlert(e))
        {
            // Also after a send has failed: the alert was there before the reset.
            _isAccepted = true;
            refused(e);
            throw;
        }
    }

    private async Task ShutdownAsync()
    {
        // A peer that takes nothing any more does not get the notice: the end of the stream reaches it all the same.
        try
        {
            await tls.ShutdownAsync().WaitAsync(NotifyLimit).ConfigureAwait(false);
            leg.ShutdownSend();
        }
        catch (TimeoutException)
        {
            leg.ShutdownSend();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection has ended.
        }
    }
}
