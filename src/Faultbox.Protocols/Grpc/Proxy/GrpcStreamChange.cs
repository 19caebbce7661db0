using System.Buffers.Binary;
using System.Globalization;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;
using Faultbox.Protocols.Http2.Proxy;

namespace Faultbox.Protocols.Grpc.Proxy;

/// <summary>Faults on the answers of gRPC calls as changes of a stream.</summary>
internal static class GrpcStreamChange
{
    private static readonly FieldChange NoStatus = new([], [], ["grpc-status", "grpc-message", "grpc-status-details-bin"]);

    /// <summary>The change that a rule makes.</summary>
    public static StreamChange Of(ActiveProxyRule rule) => rule.Fault.Grpc switch
    {
        GrpcEndStatus status => new EarlyEnd(rule, status.AfterMessages, new StreamEnd(null, StatusOf(status))),
        GrpcCut cut => new EarlyEnd(rule, cut.AfterMessages, new StreamEnd(Http2ErrorName.Parse(cut.Code) ?? Http2Error.InternalError, [])),
        GrpcNoTrailers => new MissingStatus(rule),
        GrpcMetadata metadata => new OtherMetadata(rule, metadata),
        GrpcCorrupt corrupt => new DamagedReply(rule, corrupt.Kind),
        _ => throw new InvalidOperationException($"{ProxyRuleText.Builtin(rule.Fault)}() changes no answer"),
    };

    private static List<HeaderField> StatusOf(GrpcEndStatus fault) =>
    [
        new("grpc-status", (GrpcStatus.TryParse(fault.Code, out var code) ? code : GrpcStatus.Internal).ToString(CultureInfo.InvariantCulture)),
        new("grpc-message", GrpcMessage.EncodeText(fault.Message)),
    ];

    /// <summary>The end of a call after so many replies. A service that gives fewer ends the call itself.</summary>
    private sealed class EarlyEnd(ActiveProxyRule rule, int after, StreamEnd end) : StreamChange(rule)
    {
        private MessageFollower _messages;

        public override IReadOnlyList<HeaderField>? Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            if (after > 0)
            {
                return fields;
            }

            Reach();
            return !ends ? fields : end.Reset is null ? [.. Changed(fields, NoStatus), .. end.Trailers] : null;
        }

        public override int Take(Span<byte> data)
        {
            var position = 0;
            while (position < data.Length)
            {
                position += _messages.Take(data[position..]);
                if (_messages.Complete == after)
                {
                    Reach();
                    break;
                }
            }

            return position;
        }

        private void Reach()
        {
            Acts = true;
            End = end;
        }
    }

    /// <summary>An end without a status.</summary>
    private sealed class MissingStatus(ActiveProxyRule rule) : StreamChange(rule)
    {
        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            Acts = true;
            return ends ? Changed(fields, NoStatus) : fields;
        }

        public override IReadOnlyList<HeaderField>? Trailers(IReadOnlyList<HeaderField> fields) => null;
    }

    /// <summary>Other metadata. An answer that is a head alone has its trailing ones in it.</summary>
    private sealed class OtherMetadata(ActiveProxyRule rule, GrpcMetadata fault) : StreamChange(rule)
    {
        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            return fault.OnHead || ends ? Change(fields) : fields;
        }

        public override IReadOnlyList<HeaderField> Trailers(IReadOnlyList<HeaderField> fields) => fault.OnHead ? fields : Change(fields);

        private List<HeaderField> Change(IReadOnlyList<HeaderField> fields)
        {
            var changed = Changed(fields, fault.Change);
            Acts = Differs(changed, fields);
            return changed;
        }
    }

    /// <summary>Damage in the first reply.</summary>
    private sealed class DamagedReply(ActiveProxyRule rule, MessageDamage kind) : StreamChange(rule)
    {
        private readonly byte[] _prefix = new byte[MessageFollower.PrefixLength];
        private long _position;

        public override int Take(Span<byte> data)
        {
            var passes = 0;
            foreach (var value in data)
            {
                var sent = Damage(value);
                if (sent is { } passing)
                {
                    data[passes++] = passing;
                }

                Acts |= sent != value;
                _position++;
            }

            return passes;
        }

        /// <summary>The byte at the position as the client gets it; null when it does not.</summary>
        private byte? Damage(byte value)
        {
            if (_position < _prefix.Length)
            {
                _prefix[_position] = value;
            }

            return kind switch
            {
                MessageDamage.Flag when _position == 0 => (byte)(value ^ 1),
                // One more than there is, or the end of the message begins the next one.
                MessageDamage.Length when _position == _prefix.Length - 1 => (byte)(value == byte.MaxValue ? value - 1 : value + 1),
                MessageDamage.Flip when _position == _prefix.Length => (byte)~value,
                MessageDamage.Truncate when _position >= _prefix.Length + (BinaryPrimitives.ReadUInt32BigEndian(_prefix.AsSpan(1)) / 2) => null,
                _ => value,
            };
        }
    }
}
