using System.Globalization;
using Faultbox.Core.Proxying;
using Faultbox.Protocols.Http2.Codec;

namespace Faultbox.Protocols.Http2.Proxy;

/// <summary>Faults on the messages of HTTP as changes of a stream.</summary>
internal static class HttpStreamChange
{
    /// <summary>The change that a rule makes.</summary>
    public static StreamChange Of(ActiveProxyRule rule) => rule.Fault.Http switch
    {
        HttpTruncate truncate => new Truncation(rule, truncate),
        HttpHeaders { OnRequest: false } headers => new OtherHead(rule, fields => StreamChange.Changed(fields, headers.Change)),
        HttpContentLength length => new OtherLength(rule, length),
        HttpOtherStatus { Code: 204 or 304 } status => new HeadAlone(rule, status.Code),
        HttpOtherStatus status => new OtherHead(rule, fields => WithStatus(fields, status.Code)),
        _ => throw new InvalidOperationException($"{ProxyRuleText.Builtin(rule.Fault)}() changes no answer"),
    };

    private static List<HeaderField> WithStatus(IReadOnlyList<HeaderField> fields, int status) =>
        [.. fields.Select(f => f.Is(":status"u8) ? new HeaderField(":status", status.ToString(CultureInfo.InvariantCulture)) : f)];

    private static long? LengthIn(HeaderField field) =>
        field.Is("content-length"u8) && long.TryParse(field.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    /// <summary>Another head; the rest passes.</summary>
    private sealed class OtherHead(ActiveProxyRule rule, Func<IReadOnlyList<HeaderField>, IReadOnlyList<HeaderField>> change) : StreamChange(rule)
    {
        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            var changed = change(fields);
            Acts = Differs(changed, fields);
            IsIdle = !Acts;
            return changed;
        }
    }

    /// <summary>Another length, if one is declared.</summary>
    private sealed class OtherLength(ActiveProxyRule rule, HttpContentLength fault) : StreamChange(rule)
    {
        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            Acts = fields.Any(f => LengthIn(f) is not null);
            IsIdle = !Acts;
            return [.. fields.Select(f => LengthIn(f) is { } length ? new HeaderField("content-length", fault.Of(length)) : f)];
        }
    }

    /// <summary>Another status, with which an answer has no body: that of the service does not pass, nor what is said of it.</summary>
    private sealed class HeadAlone(ActiveProxyRule rule, int status) : StreamChange(rule)
    {
        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            Acts = true;
            return [.. WithStatus(fields, status).Where(f => !f.Is("content-length"u8))];
        }

        public override int Take(Span<byte> data) => 0;

        public override IReadOnlyList<HeaderField>? Trailers(IReadOnlyList<HeaderField> fields) => null;
    }

    /// <summary>A body that ends with a reset; one that is shorter passes. A share of a body whose length is not declared is one of what has come with a frame.</summary>
    private sealed class Truncation(ActiveProxyRule rule, HttpTruncate fault) : StreamChange(rule)
    {
        private long? _room;

        public override IReadOnlyList<HeaderField> Head(IReadOnlyList<HeaderField> fields, bool ends)
        {
            var length = fields.Select(LengthIn).FirstOrDefault(l => l is not null);
            _room = fault.At.Bytes ?? (length is { } known ? fault.At.In(known) : null);
            if (ends || _room >= length)
            {
                IsIdle = true;
                _room = long.MaxValue;
                return fields;
            }

            Acts = _room < length;
            EndAt();
            return fields;
        }

        public override int Take(Span<byte> data)
        {
            _room ??= fault.At.In(data.Length);
            var passes = (int)Math.Min(_room.Value, data.Length);
            _room -= passes;
            EndAt();
            return passes;
        }

        private void EndAt()
        {
            if (_room == 0)
            {
                Acts = true;
                End = new StreamEnd(Http2Error.InternalError, []);
            }
        }
    }
}
