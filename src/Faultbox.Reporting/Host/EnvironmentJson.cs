using System.Text.Json;
using Faultbox.Reporting.Json;

namespace Faultbox.Reporting.Host;

/// <summary>The document <c>env.json</c>. What is unknown is left out.</summary>
internal static class EnvironmentJson
{
    public static byte[] ToBytes(HostEnvironment host, Producer producer)
    {
        using var stream = new MemoryStream();
        JsonFormat.WriteDocument(stream, json => Write(json, host, producer));
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, HostEnvironment host, Producer producer)
    {
        json.WriteStartObject();
        json.WriteString("faultbox_version", producer.Version);
        json.WriteOptional("faultbox_commit", producer.Commit);
        json.WriteOptional("host_os", host.OperatingSystem);
        json.WriteOptional("host_arch", host.Architecture);
        json.WriteOptional("kernel", host.Kernel);
        json.WriteOptional("go_toolchain", host.GoToolchain);
        json.WriteOptional("docker_version", host.DockerVersion);
        WriteList(json, "runtime_hints", host.Hints);
        WriteSorted(json, "images", host.Images);
        WriteRemotes(json, host.Remotes);
        WriteSorted(json, "toolchains", host.Toolchains);
        WriteSorted(json, "binaries", host.Binaries);
        if (host.Processors is { } processors)
        {
            json.WriteNumber("cpu_count", processors);
        }

        if (host.MemoryMebibytes is { } memory)
        {
            json.WriteNumber("memory_mb", memory);
        }

        json.WriteOptional("cgroup", host.ControlGroup);
        WriteSorted(json, "privileges", host.Privileges);
        WriteList(json, "features", host.Features);
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            json.WriteStrings(name, values);
        }
    }

    private static void WriteSorted(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count > 0)
        {
            json.WriteMap(name, values.OrderBy(v => v.Key, StringComparer.Ordinal));
        }
    }

    private static void WriteRemotes(Utf8JsonWriter json, IReadOnlyList<RemoteEndpoint> remotes)
    {
        if (remotes.Count == 0)
        {
            return;
        }

        json.WriteStartArray("remotes");
        foreach (var remote in remotes.OrderBy(r => r.Service, StringComparer.Ordinal).ThenBy(r => r.Interface, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("service", remote.Service);
            json.WriteString("interface", remote.Interface);
            json.WriteString("host", remote.Host);
            json.WriteString("protocol", remote.Protocol);
            json.WriteString("resolved_at", remote.ResolvedAt.Seconds());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
