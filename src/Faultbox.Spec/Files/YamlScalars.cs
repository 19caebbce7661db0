using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using Starlark;

namespace Faultbox.Spec.Files;

/// <summary>Gives YAML scalars their type: the core schema of YAML 1.2 and binary integers.</summary>
internal static partial class YamlScalars
{
    private const string TagPrefix = "tag:yaml.org,2002:";

    /// <summary>The value of a scalar. Quoted text and unknown tags are strings.</summary>
    public static Value Resolve(YamlScalar scalar) => scalar.Tag switch
    {
        null when scalar.Plain => ResolvePlain(scalar.Text),
        TagPrefix + "int" or TagPrefix + "float" or TagPrefix + "bool" or TagPrefix + "null" => ResolveTagged(scalar),
        _ => Value.Of(scalar.Text),
    };

    private static Value ResolveTagged(YamlScalar scalar)
    {
        var wanted = scalar.Tag![TagPrefix.Length..];
        var value = ResolvePlain(scalar.Text);
        var fits = wanted switch
        {
            "int" => value.TypeName == "int",
            "float" => value.TryGetDouble(out _),
            "bool" => value.TypeName == "bool",
            _ => value.IsNone,
        };
        if (!fits)
        {
            throw YamlReader.Malformed(scalar.At, $"\"{scalar.Text}\" is no {wanted}");
        }

        return wanted == "float" && value.TryGetDouble(out var number) ? Value.Of(number) : value;
    }

    private static Value ResolvePlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return Value.None;
            case "true" or "True" or "TRUE":
                return Value.True;
            case "false" or "False" or "FALSE":
                return Value.False;
            case ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF":
                return Value.Of(double.PositiveInfinity);
            case "-.inf" or "-.Inf" or "-.INF":
                return Value.Of(double.NegativeInfinity);
            case ".nan" or ".NaN" or ".NAN":
                return Value.Of(double.NaN);
        }

        if (DecimalInteger().IsMatch(text))
        {
            return Value.Of(BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }

        if (PrefixedInteger().IsMatch(text))
        {
            return Value.Of(ParseDigits(text.AsSpan(2), text[1] switch { 'x' => 16, 'o' => 8, _ => 2 }));
        }

        return Float().IsMatch(text) ? Value.Of(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)) : Value.Of(text);
    }

    private static BigInteger ParseDigits(ReadOnlySpan<char> digits, int numberBase)
    {
        var number = BigInteger.Zero;
        foreach (var digit in digits)
        {
            number = (number * numberBase) + Convert.ToInt32(digit.ToString(), 16);
        }

        return number;
    }

    [GeneratedRegex("^[-+]?[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalInteger();

    [GeneratedRegex("^0(x[0-9a-fA-F]+|o[0-7]+|b[01]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex PrefixedInteger();

    [GeneratedRegex("^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Float();
}
