using System.Net;
using Orders;

if (Settings.Read() is not { } settings)
{
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, settings.Port));

var app = builder.Build();
new OrdersApi(new InventoryClient(settings.InventoryHost, settings.InventoryPort)).Map(app);
try
{
    app.Run();
    return 0;
}
catch (IOException failure)
{
    Console.Error.WriteLine($"orders: cannot listen on port {settings.Port} ({failure.Message}); set PORT to a free one");
    return 1;
}
