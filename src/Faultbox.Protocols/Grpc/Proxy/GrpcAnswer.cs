using System.Text;
using Faultbox.Core.Proxying;
using Faultbox.Core.Topology;
using Faultbox.Protocols.Grpc.Client;
using Faultbox.Protocols.Protobuf;

namespace Faultbox.Protocols.Grpc.Proxy;

/// <summary>The reply message of a <c>response()</c> rule: bytes and text as they are, a dictionary by the type of the method.</summary>
internal static class GrpcAnswer
{
    /// <summary>The rule with its reply as the bytes of a message.</summary>
    /// <exception cref="ProtobufException">The types are not known, or the reply does not fit them.</exception>
    public static ProxyFault Encode(ProxyFault fault, SchemaFile? schema)
    {
        if (fault is not { IsJsonBody: true, Body: { } json })
        {
            return fault;
        }

        if (schema is null)
        {
            throw new ProtobufException("body= as a dict needs the types of the interface: give it spec=\"x.pb\", or the reply as bytes");
        }

        if ((fault.Matcher.Method ?? fault.Matcher.Path) is not { IsLiteral: true } method)
        {
            throw new ProtobufException("body= as a dict needs one method, whose type it has: write method=\"/package.Service/Method\"");
        }

        var pool = DescriptorPool.FromSet(schema.Content.Span);
        return fault with
        {
            Body = new GrpcSchema(pool, pool.Method(method.Pattern)).EncodeReply(Encoding.UTF8.GetString(json.Span)),
            IsJsonBody = false,
        };
    }
}
