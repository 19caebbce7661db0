using Faultbox.Core.Matching;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Faultbox.Protocols.Protobuf;

/// <summary>
/// Message types and services of a set of files, apart from every other set. The well-known types are always there, so that sets made
/// without them load. Files may come in any order.
/// </summary>
public sealed class DescriptorPool
{
    private static readonly FileDescriptor[] WellKnown =
    [
        AnyReflection.Descriptor, ApiReflection.Descriptor, DurationReflection.Descriptor, EmptyReflection.Descriptor,
        FieldMaskReflection.Descriptor, SourceContextReflection.Descriptor, StructReflection.Descriptor, TimestampReflection.Descriptor,
        TypeReflection.Descriptor, WrappersReflection.Descriptor,
    ];

    private readonly Dictionary<string, MessageDescriptor> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServiceDescriptor> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FieldDescriptor> _extensions = new(StringComparer.Ordinal);

    private DescriptorPool(IEnumerable<FileDescriptor> files)
    {
        foreach (var file in files)
        {
            foreach (var message in file.MessageTypes)
            {
                Add(message);
            }

            foreach (var service in file.Services)
            {
                _services.TryAdd(service.FullName, service);
            }

            Add(file.Extensions);
        }
    }

    /// <summary>Full names of the services that were given, ordinal order.</summary>
    public IReadOnlyList<string> Services => [.. _services.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads a FileDescriptorSet, as <c>protoc --include_imports --descriptor_set_out=x.pb</c> writes it.</summary>
    /// <exception cref="ProtobufException">The bytes are no set, or an import is missing.</exception>
    public static DescriptorPool FromSet(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return FromFiles(FileDescriptorSet.Parser.ParseFrom(bytes).File);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new ProtobufException(
                "is no FileDescriptorSet; make one with: protoc --include_imports --descriptor_set_out=x.pb your.proto");
        }
    }

    /// <summary>Builds the types of files.</summary>
    /// <exception cref="ProtobufException">An import is missing, or a file contradicts itself.</exception>
    internal static DescriptorPool FromFiles(IEnumerable<FileDescriptorProto> files)
    {
        var byName = new Dictionary<string, (ByteString Data, IEnumerable<string> Imports)>(StringComparer.Ordinal);
        foreach (var known in WellKnown)
        {
            byName[known.Name] = (known.SerializedData, known.Dependencies.Select(d => d.Name));
        }

        foreach (var file in files)
        {
            byName[file.Name] = file.Syntax is "" or "proto2" or "proto3"
                ? (file.ToByteString(), file.Dependency)
                : throw new ProtobufException($"{file.Name} is written in {file.Syntax}; proto2 and proto3 are supported");
        }

        var ordered = new List<ByteString>();
        var visited = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in byName.Keys)
        {
            Visit(name, importer: null);
        }

        try
        {
            return new DescriptorPool(FileDescriptor.BuildFromByteStrings(ordered));
        }
        catch (Exception e) when (e is DescriptorValidationException or ArgumentException or InvalidOperationException)
        {
            throw new ProtobufException($"does not describe valid types: {e.Message}");
        }

        void Visit(string name, string? importer)
        {
            if (!byName.TryGetValue(name, out var file))
            {
                throw new ProtobufException($"{importer} imports {name}, which the set does not contain; make it with: protoc --include_imports");
            }

            if (visited.Add(name))
            {
                foreach (var import in file.Imports)
                {
                    Visit(import, name);
                }

                ordered.Add(file.Data);
            }
        }
    }

    /// <summary>Builds the types of files that may lack imports of each other; these are added to them.</summary>
    /// <exception cref="ProtobufException">An import is missing, or a file contradicts itself.</exception>
    internal static DescriptorPool FromIncompleteFiles(IReadOnlyCollection<FileDescriptorProto> files)
    {
        MissingImports.Add([.. WellKnown.Select(f => f.ToProto())], files);
        return FromFiles(files);
    }

    /// <summary>True for a file that every set has.</summary>
    internal static bool IsWellKnown(string file) => WellKnown.Any(f => f.Name == file);

    /// <summary>True when there is a method of a path.</summary>
    internal bool Has(string path) => path.Split('/') is ["", var service, var method]
        && _services.TryGetValue(service, out var known) && known.Methods.Any(m => m.Name == method);

    /// <summary>The method of a path.</summary>
    /// <param name="path"><c>/package.Service/Method</c>.</param>
    /// <exception cref="ProtobufException">There is none; the message names the nearest.</exception>
    internal MethodDescriptor Method(string path)
    {
        if (path.Split('/') is not ["", { Length: > 0 } serviceName, { Length: > 0 } methodName])
        {
            throw new ProtobufException($"invalid gRPC method path \"{path}\": it has the shape /package.Service/Method");
        }

        if (!_services.TryGetValue(serviceName, out var service))
        {
            throw new ProtobufException(
                $"service \"{serviceName}\" not found{NearestName.Suggestion(serviceName, _services.Keys)} (available: {string.Join(", ", Services)})");
        }

        var methods = service.Methods.Select(m => m.Name).ToList();
        return service.Methods.FirstOrDefault(m => m.Name == methodName) ?? throw new ProtobufException(
            $"method \"{methodName}\" not found on service \"{serviceName}\"{NearestName.Suggestion(methodName, methods)} (available: {string.Join(", ", methods)})");
    }

    /// <summary>A message type by full name; null when there is none.</summary>
    internal MessageDescriptor? FindMessage(string fullName) => _messages.GetValueOrDefault(fullName);

    /// <summary>An extension of a message type by its full name; null when there is none.</summary>
    internal FieldDescriptor? FindExtension(MessageDescriptor extended, string fullName) =>
        _extensions.TryGetValue(fullName, out var field) && field.ExtendeeType == extended ? field : null;

    /// <summary>An extension of a message type by its number; null when there is none.</summary>
    internal FieldDescriptor? FindExtension(MessageDescriptor extended, int number) =>
        _extensions.Values.FirstOrDefault(f => f.FieldNumber == number && f.ExtendeeType == extended);

    private void Add(MessageDescriptor message)
    {
        _messages.TryAdd(message.FullName, message);
        foreach (var nested in message.NestedTypes)
        {
            Add(nested);
        }

        Add(message.Extensions);
    }

    private void Add(ExtensionCollection extensions)
    {
        foreach (var extension in extensions.UnorderedExtensions)
        {
            _extensions.TryAdd(extension.FullName, extension);
        }
    }
}
