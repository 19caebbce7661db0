using Faultbox.Protocols.Http;
using Faultbox.Protocols.Protobuf;
using Google.Protobuf.Reflection;

namespace Faultbox.Protocols.Grpc.Client;

/// <summary>A method with the types of its messages.</summary>
/// <param name="pool">All types.</param>
/// <param name="method">The method.</param>
internal sealed class GrpcSchema(DescriptorPool pool, MethodDescriptor method)
{
    /// <summary>True when a call has any number of replies.</summary>
    public bool StreamsReplies => method.IsServerStreaming;

    /// <summary>The bytes of a request, given as an object or as the text of one.</summary>
    /// <exception cref="ProtobufException">The value does not fit the type.</exception>
    public byte[] Encode(object? value) => Encode(pool, method.InputType, value);

    /// <summary>The bytes of a reply, given as an object or as the text of one.</summary>
    /// <exception cref="ProtobufException">The value does not fit the type.</exception>
    public byte[] EncodeReply(object? value) => Encode(pool, method.OutputType, value);

    /// <summary>A reply as JSON values.</summary>
    /// <exception cref="ProtobufException">The bytes are no message of the type.</exception>
    public object? Decode(ReadOnlySpan<byte> reply) => new ProtoJsonWriter(pool, printsUnset: true).Write(new ProtoReader(pool).Decode(method.OutputType, reply));

    /// <summary>JSON values as text.</summary>
    public static byte[] Text(object? json) => JsonBody.Encode(json);

    private static byte[] Encode(DescriptorPool pool, MessageDescriptor type, object? value) =>
        ProtoWriter.Encode(new ProtoJsonReader(pool).Read(type, value is string text ? JsonTree.Parse(text.Length == 0 ? "{}" : text) : value));
}
