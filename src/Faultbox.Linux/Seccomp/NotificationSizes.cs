using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Faultbox.Linux.Native;

namespace Faultbox.Linux.Seccomp;

/// <summary>
/// Sizes in bytes of the structures that pass through a listener: <c>struct seccomp_notif_sizes</c>. A kernel whose structures have grown
/// would write beyond ours.
/// </summary>
/// <param name="Notification">Of <c>struct seccomp_notif</c>.</param>
/// <param name="Response">Of <c>struct seccomp_notif_resp</c>.</param>
/// <param name="Data">Of <c>struct seccomp_data</c>, which filters read.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct NotificationSizes(ushort Notification, ushort Response, ushort Data)
{
    private const int GetNotificationSizes = 3;

    private static readonly nint SeccompCall = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 277 : 317;
    private static readonly Lazy<NotificationSizes?> Asked = new(Ask);

    /// <summary>The sizes that this program knows.</summary>
    public static NotificationSizes Known { get; } =
        new((ushort)Unsafe.SizeOf<SeccompNotification>(), (ushort)Unsafe.SizeOf<SeccompResponse>(), 64);

    /// <summary>The sizes that the running kernel tells (seccomp(2), <c>SECCOMP_GET_NOTIF_SIZES</c>); null when it has no notifications.</summary>
    public static NotificationSizes? OfKernel => Asked.Value;

    /// <summary>What differs from the sizes that this program knows; null when nothing does.</summary>
    public string? Difference => this == Known
        ? null
        : $"the kernel's notifications have {Notification}, {Response} and {Data} bytes where this program knows {Known.Notification}, {Known.Response} and {Known.Data}";

    private static unsafe NotificationSizes? Ask()
    {
        NotificationSizes sizes = default;
        return Libc.Syscall(SeccompCall, GetNotificationSizes, 0, (nint)(&sizes), 0) == 0 ? sizes : null;
    }
}
