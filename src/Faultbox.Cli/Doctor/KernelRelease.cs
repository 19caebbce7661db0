using System.Globalization;

namespace Faultbox.Cli.Doctor;

/// <summary>Major and minor number of a kernel release such as <c>6.1.0-18-amd64</c>.</summary>
internal readonly record struct KernelRelease(int Major, int Minor)
{
    public static KernelRelease? Parse(string release)
    {
        var numbers = release.Split('.', '-');
        return numbers.Length >= 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
            ? new(major, minor)
            : null;
    }

    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);
}
