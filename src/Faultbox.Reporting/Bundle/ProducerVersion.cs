using System.Globalization;

namespace Faultbox.Reporting.Bundle;

/// <summary>How the version that made a bundle relates to the version that reads it.</summary>
public enum VersionClass
{
    /// <summary>The same version.</summary>
    Same,

    /// <summary>The same major version.</summary>
    Drift,

    /// <summary>One of them has no readable number.</summary>
    Unknown,

    /// <summary>Different major versions.</summary>
    Major,
}

/// <summary>Compares producer versions and words what follows from it.</summary>
/// <param name="Bundle">Version that made the bundle.</param>
/// <param name="Tool">Version that reads it.</param>
public sealed record ProducerVersion(string Bundle, string Tool)
{
    /// <summary>The relation; a leading <c>v</c> and spaces do not count.</summary>
    public VersionClass Class
    {
        get
        {
            var (bundle, tool) = (Plain(Bundle), Plain(Tool));
            if (Major(bundle) is not { } theirs || Major(tool) is not { } ours)
            {
                return VersionClass.Unknown;
            }

            return bundle == tool ? VersionClass.Same : theirs == ours ? VersionClass.Drift : VersionClass.Major;
        }
    }

    /// <summary>True when a replay must be refused.</summary>
    public bool RefusesReplay => Class == VersionClass.Major;

    /// <summary>The line for <c>inspect</c> and <c>report</c>; null when there is nothing to say.</summary>
    public string? ReadWarning => Class switch
    {
        VersionClass.Same => null,
        VersionClass.Major =>
            $"warn: MAJOR version difference: the bundle was made by faultbox {Shown(Bundle)}, this is {Shown(Tool)}; replay will refuse it, "
            + $"install {Shown(Bundle)} to replay",
        _ => Drift,
    };

    /// <summary>The line for <c>replay</c>: an error for a major difference, otherwise a warning or null.</summary>
    public string? ReplayMessage => Class switch
    {
        VersionClass.Same => null,
        VersionClass.Major =>
            $"error: MAJOR version difference: the bundle was made by faultbox {Shown(Bundle)}, this is {Shown(Tool)}; install {Shown(Bundle)} "
            + "to replay it, or take its specification out with --extract-only DIR",
        _ => Drift,
    };

    private string Drift =>
        $"warn: the bundle was made by faultbox {Shown(Bundle)}, this is {Shown(Tool)}; for an identical replay install {Shown(Bundle)}";

    private static string Shown(string version) => Plain(version) is { Length: > 0 } plain ? plain : "of unknown version";

    private static string Plain(string version)
    {
        var trimmed = version.Trim();
        return trimmed.StartsWith('v') ? trimmed[1..].Trim() : trimmed;
    }

    private static int? Major(string version)
    {
        var digits = version.AsSpan();
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }
}
