using System.Text;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Bundle;

/// <summary>The script inside a bundle that runs it again when both lie in one directory.</summary>
internal static class ReplayScript
{
    /// <summary>Text of the script.</summary>
    /// <param name="bundlePath">Path of the bundle; only its name is used.</param>
    /// <param name="producer">The writing program.</param>
    /// <param name="createdAt">When the bundle was made, UTC.</param>
    public static string Text(string bundlePath, Producer producer, DateTime createdAt)
    {
        var name = SafeName(Path.GetFileName(bundlePath));
        return $"""
            #!/bin/sh
            # Made by faultbox {OneLine(producer.Version)} at {createdAt.Seconds()}.
            set -eu
            dir=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
            if [ ! -f "$dir/{name}" ]; then
              echo "replay.sh: $dir/{name} is not there; put the bundle beside this script, or run: faultbox replay <bundle>" >&2
              exit 1
            fi
            exec faultbox replay "$dir/{name}" "$@"

            """.ReplaceLineEndings("\n");
    }

    /// <summary>The name with everything replaced that a shell could read as more than a name.</summary>
    internal static string SafeName(string name)
    {
        var safe = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            safe.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_');
        }

        return safe.Length == 0 ? "bundle.fb" : safe.ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
