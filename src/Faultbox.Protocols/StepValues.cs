using System.Numerics;
using Faultbox.Core.Topology;

namespace Faultbox.Protocols;

/// <summary>Reads the keywords of a step.</summary>
internal static class StepValues
{
    /// <summary>A true or false keyword.</summary>
    /// <exception cref="StepArgumentException">The value is neither.</exception>
    public static bool Flag(this StepRequest request, string name, bool otherwise) => request[name] switch
    {
        null => otherwise,
        bool flag => flag,
        var other => throw Wrong(name, "True or False", other),
    };

    /// <summary>A positive duration keyword, such as <c>"1.5s"</c>.</summary>
    /// <exception cref="StepArgumentException">The value is none.</exception>
    public static TimeSpan Duration(this StepRequest request, string name, TimeSpan otherwise) => request[name] switch
    {
        null => otherwise,
        string text when Durations.TryParse(text, out var duration) && duration > TimeSpan.Zero => duration,
        string text => throw new StepArgumentException($"{name}: bad duration \"{text}\"; write for example \"500ms\" or \"30s\""),
        var other => throw Wrong(name, "a duration such as \"30s\"", other),
    };

    /// <summary>A dictionary keyword, in the order written.</summary>
    /// <exception cref="StepArgumentException">The value is none.</exception>
    public static IReadOnlyList<KeyValuePair<string, object?>> Dictionary(this StepRequest request, string name) => request[name] switch
    {
        null => [],
        IReadOnlyList<KeyValuePair<string, object?>> pairs => pairs,
        var other => throw Wrong(name, "a dict", other),
    };

    /// <summary>The error for a value of the wrong type.</summary>
    public static StepArgumentException Wrong(string name, string expected, object? value) => new($"{name} must be {expected}, got {TypeName(value)}");

    private static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "string",
        byte[] => "bytes",
        IReadOnlyList<KeyValuePair<string, object?>> => "dict",
        _ => "list",
    };
}
