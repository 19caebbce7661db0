using System.Net.Sockets;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Relay;

namespace Faultbox.Protocols.Tls;

/// <summary>
/// Dials for an HTTP handler that serves one request. The handler repeats a request whose connection ends before an answer, up to three
/// times and unseen; a rule for the first request would then strike and be healed at once. Its second dial for one address of a request
/// fails with what ended the first connection. A redirect is another address and is dialed.
/// </summary>
internal sealed class SingleSend
{
    private Uri? _dialed;
    private readonly List<WatchedStream> _streams = [];

    /// <summary>Connects to the target of a request.</summary>
    /// <exception cref="IOException">The request was sent already; the error says how that ended.</exception>
    /// <exception cref="SocketException">The target cannot be reached.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var target = context.InitialRequestMessage.RequestUri;
        if (_streams is [.., var former] && ReferenceEquals(_dialed, target))
        {
            throw former.Failure ?? (former.HasEnded || context.InitialRequestMessage.Version.Major < 2
                ? new HttpIOException(HttpRequestError.ResponseEnded)
                : new HttpProtocolException((long)Http2Error.RefusedStream, "the server refused the stream before it answered", null));
        }

        var socket = await ClientDialer.DialAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellation).ConfigureAwait(false);
        _dialed = target;
        var stream = new WatchedStream(socket);
        _streams.Add(stream);
        return stream;
    }

    /// <summary>Tells the peers that nothing more is asked. The handler leaves connections of HTTP/2 open after their last stream.</summary>
    public void End()
    {
        foreach (var stream in _streams)
        {
            stream.End();
        }
    }

    /// <summary>A connection that remembers how reading from it ended.</summary>
    private sealed class WatchedStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public IOException? Failure { get; private set; }

        public bool HasEnded { get; private set; }

        public void End()
        {
            try
            {
                Socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It has ended already.
            }
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var count = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                HasEnded |= count == 0 && buffer.Length > 0;
                return count;
            }
            catch (IOException e)
            {
                Failure = e;
                throw;
            }
        }
    }
}
