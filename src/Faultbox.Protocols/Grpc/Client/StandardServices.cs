using Faultbox.Protocols.Protobuf;
using Google.Protobuf.Reflection;
using Kind = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;

namespace Faultbox.Protocols.Grpc.Client;

/// <summary>
/// The messages of the services that gRPC servers have in common: health (grpc.health.v1) and reflection, whose versions v1 and v1alpha
/// differ by name only. Just the fields that are asked for and answered with.
/// </summary>
internal static class StandardServices
{
    private static readonly DescriptorPool Pool = DescriptorPool.FromFiles(
    [
        new FileDescriptorProto
        {
            Name = "health.proto",
            Package = "health",
            Syntax = "proto3",
            MessageType =
            {
                Message("HealthCheckRequest", Field("service", 1, Kind.String)),
                Message("HealthCheckResponse", Field("status", 1, Kind.Int32)),
            },
        },
        new FileDescriptorProto
        {
            Name = "reflection.proto",
            Package = "reflection",
            Syntax = "proto3",
            MessageType =
            {
                Message(
                    "ServerReflectionRequest",
                    Field("file_by_filename", 3, Kind.String),
                    Field("file_containing_symbol", 4, Kind.String),
                    Field("list_services", 7, Kind.String)),
                Message(
                    "ServerReflectionResponse",
                    Field("file_descriptor_response", 4, Kind.Message, "FileDescriptorResponse"),
                    Field("list_services_response", 6, Kind.Message, "ListServiceResponse")),
                Message("FileDescriptorResponse", Repeated(Field("file_descriptor_proto", 1, Kind.Bytes))),
                Message("ListServiceResponse", Repeated(Field("service", 1, Kind.Message, "ServiceResponse"))),
                Message("ServiceResponse", Field("name", 1, Kind.String)),
            },
        },
    ]);

    /// <summary>Encodes a message.</summary>
    /// <param name="type">For example <c>health.HealthCheckRequest</c>.</param>
    /// <param name="field">JSON name of its only field.</param>
    /// <param name="value">The field's value.</param>
    public static byte[] Encode(string type, string field, string value)
    {
        var message = new ProtoMessage(Pool.FindMessage(type)!);
        var declared = message.Type.Fields.InDeclarationOrder().First(f => f.JsonName == field);
        message.Set(declared, value);
        var encoded = ProtoWriter.Encode(message);

        // A question for everything is asked with an empty text, which must be there: its tag tells which question it is.
        return encoded.Length > 0 || type != "reflection.ServerReflectionRequest" ? encoded : [(byte)((declared.FieldNumber << 3) | (int)WireKind.Length), 0];
    }

    /// <summary>Decodes a message.</summary>
    /// <exception cref="ProtobufException">The bytes are no such message.</exception>
    public static ProtoMessage Decode(string type, ReadOnlySpan<byte> bytes) => new ProtoReader(Pool).Decode(Pool.FindMessage(type)!, bytes);

    private static DescriptorProto Message(string name, params FieldDescriptorProto[] fields) => new() { Name = name, Field = { fields } };

    private static FieldDescriptorProto Field(string name, int number, Kind kind, string? type = null)
    {
        var field = new FieldDescriptorProto { Name = name, Number = number, Type = kind, Label = FieldDescriptorProto.Types.Label.Optional };
        if (type is not null)
        {
            field.TypeName = type;
        }

        return field;
    }

    private static FieldDescriptorProto Repeated(FieldDescriptorProto field)
    {
        field.Label = FieldDescriptorProto.Types.Label.Repeated;
        return field;
    }
}
