(function(){
"use strict";
// A chosen day is shown at once; without scripts the button does it.
document.querySelectorAll("form.asof").forEach(function(f){
  var i=f.querySelector("input[type=date]"),first=i.value;
  i.addEventListener("change",function(){if(i.value&&i.value!==first&&i.checkValidity()&&document.activeElement!==i)f.submit()});
  f.addEventListener("submit",function(){document.documentElement.setAttribute("aria-busy","true");var b=f.querySelector("button");b.textContent="Reading…"})
});
// Parameters left empty do not stand in the address.
document.querySelectorAll("form.choose").forEach(function(f){
  f.addEventListener("submit",function(){f.querySelectorAll("input,select").forEach(function(e){if(e.value===""||e.value===e.getAttribute("data-default"))e.disabled=true});setTimeout(function(){f.querySelectorAll("[disabled]").forEach(function(e){e.disabled=false})},0)})
});
// News, where the browser can listen; a page opened from a file or printed does without.
var box=document.getElementById("news");
if(box&&window.EventSource&&location.protocol.indexOf("http")===0){
  addEventListener("load",function(){
    var source=new EventSource("/api/v1/news");
    source.addEventListener("news",function(e){
      var n=JSON.parse(e.data);
      box.textContent=n.text+" ";
      if(n.link){var a=document.createElement("a");a.href=n.link;a.textContent="Read on";box.appendChild(a)}
      box.hidden=false;
    });
    addEventListener("pagehide",function(){source.close()});
  });
}
})();
