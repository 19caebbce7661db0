namespace Starlark;

/// <summary>One source text: the name positions are reported under, and its UTF-8 bytes.</summary>
public sealed class SourceFile
{
    /// <summary>Creates a source; a leading byte order mark is dropped.</summary>
    public SourceFile(string name, ReadOnlyMemory<byte> utf8)
    {
        Name = name;
        Utf8 = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
    }

    /// <summary>The name used in messages and tracebacks.</summary>
    public string Name { get; }

    /// <summary>The text, without byte order mark.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>A source from .NET text, encoded as UTF-8.</summary>
    public static SourceFile FromText(string name, string text) => new(name, System.Text.Encoding.UTF8.GetBytes(text));
}
