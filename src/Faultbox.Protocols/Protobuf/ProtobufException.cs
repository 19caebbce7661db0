namespace Faultbox.Protocols.Protobuf;

/// <summary>Descriptors, a value or bytes do not fit: the message is for the author of the specification.</summary>
/// <param name="message">What does not fit, with the path of the field, and what would.</param>
public sealed class ProtobufException(string message) : Exception(message);
