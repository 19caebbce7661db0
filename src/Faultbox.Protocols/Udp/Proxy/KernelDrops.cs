using System.Globalization;

namespace Faultbox.Protocols.Udp.Proxy;

/// <summary>Datagrams that the kernel dropped at a socket whose buffer was full (proc(5), <c>/proc/net/udp</c>, last column).</summary>
internal static class KernelDrops
{
    /// <summary>Drops at the sockets of a local port; 0 when nothing is known.</summary>
    public static long Of(int port)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        try
        {
            return File.ReadLines("/proc/self/net/udp")
                .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => f.Length > 12 && f[1].EndsWith(suffix, StringComparison.Ordinal))
                .Sum(f => long.TryParse(f[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var drops) ? drops : 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
