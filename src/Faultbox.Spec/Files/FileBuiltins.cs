using System.Text;
using Faultbox.Spec.Registry;
using Starlark;

namespace Faultbox.Spec.Files;

/// <summary>The file readers: <c>load_file()</c>, <c>load_json()</c>, <c>load_yaml()</c>.</summary>
internal static class FileBuiltins
{
    private static readonly ParameterDeclaration PathParameter =
        ParameterDeclaration.Required("path", "string", "File, relative to the root specification or to the file that reads it.");

    /// <summary><c>load_file()</c>.</summary>
    public static BuiltinDeclaration LoadFile { get; } = new(
        "load_file",
        "Reads a file as a string of its raw bytes.",
        (in BuiltinCall call) => Value.Of(StarlarkString.FromUtf8(Read(call))),
        PathParameter)
    {
        Sandbox = SandboxRule.Forbidden,
        Returns = "string",
    };

    /// <summary><c>load_json()</c>.</summary>
    public static BuiltinDeclaration LoadJson { get; } = new(
        "load_json",
        "Reads and decodes a JSON file.",
        (in BuiltinCall call) => Decode(call, "JSON", bytes => JsonDecoder.Decode(bytes)),
        PathParameter)
    {
        Sandbox = SandboxRule.Forbidden,
        Returns = "any",
    };

    /// <summary><c>load_yaml()</c>.</summary>
    public static BuiltinDeclaration LoadYaml { get; } = new(
        "load_yaml",
        "Reads and decodes the first document of a YAML file.",
        (in BuiltinCall call) => Decode(call, "YAML", bytes => YamlDecoder.Decode(Encoding.UTF8.GetString(bytes))),
        PathParameter)
    {
        Sandbox = SandboxRule.Forbidden,
        Returns = "any",
    };

    /// <summary>The file that a parameter of a call names.</summary>
    public static byte[] Read(in BuiltinCall call, string parameter = "path")
    {
        var files = call.Scope.Registry.Files;
        var directory = Path.GetDirectoryName(Path.GetFullPath(call.Position.File, files.BaseDirectory)) ?? files.BaseDirectory;
        var file = files.Locate(call.Name, call.Text(parameter), directory);
        if (file.AmbiguityAt(call.Position) is { } finding)
        {
            call.Scope.Report(finding);
        }

        return files.ReadData(call.Name, file);
    }

    private static Value Decode(in BuiltinCall call, string format, Func<byte[], Value> decode)
    {
        var content = Read(call);
        try
        {
            return decode(content);
        }
        catch (DecodeException e)
        {
            throw new SpecException($"{call.Name}(\"{call.Text("path")}\"): bad {format} at line {e.Line}, column {e.Column}: {e.Message}");
        }
    }
}
